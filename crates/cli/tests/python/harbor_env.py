"""A place where Harbor runs tasks without a container engine: `Boxed` is an environment of Harbor's over a `Box`."""

import pathlib
import shutil

from box import Box
from harbor.environments.base import BaseEnvironment, ExecResult


class Boxed(BaseEnvironment):
    """An environment whose root is a folder of the trial."""

    @staticmethod
    def type():
        return "boxed"

    def _validate_definition(self):
        assert self.task_env_config.docker_image, "the task names an image"

    @property
    def _box(self):
        return Box(pathlib.Path(self.trial_paths.trial_dir) / f"root-{self.session_id}")

    async def start(self, force_build):
        self._box.make()
        await self._upload_environment_dir_after_start()

    async def stop(self, delete):
        self._box.remove()

    async def upload_file(self, source_path, target_path):
        self._box.write(target_path, pathlib.Path(source_path).read_bytes())
        shutil.copymode(source_path, self._box.at(target_path))

    async def upload_dir(self, source_dir, target_dir):
        shutil.copytree(source_dir, self._box.at(target_dir), dirs_exist_ok=True, symlinks=True)

    async def download_file(self, source_path, target_path):
        pathlib.Path(target_path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._box.at(source_path), target_path)

    async def download_dir(self, source_dir, target_dir):
        shutil.copytree(self._box.at(source_dir), target_dir, dirs_exist_ok=True, symlinks=True)

    async def exec(self, command, cwd=None, env=None, timeout_sec=None, user=None):
        where = cwd or self.task_env_config.workdir or "/"
        code, out, err = await self._box.run(command, where, self._merge_env(env), timeout_sec)
        return ExecResult(stdout=out, stderr=err, return_code=code)
