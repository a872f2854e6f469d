# envy in a container: the command line, the servers, and boxes that it makes inside.
#
#   docker build --tag envy .
#   docker run --rm envy envy sandbox profile > seccomp.json
#   docker run --rm --user "$(id -u):$(id -g)" -e OPENAI_API_KEY \
#     --security-opt seccomp=seccomp.json --security-opt systempaths=unconfined \
#     -v "$PWD/tasks:/tasks" -v "$PWD/results:/results" \
#     envy envy eval --model openai/gpt-4o-mini --tasks-dir /tasks --output-dir /results
#   docker run --rm -p 8000:8000 -e ENVY_TOKEN --security-opt seccomp=seccomp.json --security-opt systempaths=unconfined \
#     envy envy serve --host 0.0.0.0 --port 8000
#
# The same image serves boxes for `envy --sandbox container` on a machine that is no Linux: tag it as `envy doctor` says.
#
# Both bases can be images of one's own, where no registry is reached.
ARG BASE=debian:bookworm-slim
ARG PROGRAM=build

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package envy && mkdir /out && cp target/release/envy /out/envy

FROM ${PROGRAM} AS program

FROM ${BASE}
# What a runtime is made from: an interpreter with pip, and the shell tools that agents use.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      bash ca-certificates coreutils diffutils file findutils gawk grep gzip libstdc++6 patch procps python3 \
      python3-pip python3-venv sed tar \
 && rm -rf /var/lib/apt/lists/*
COPY --from=program /out/envy /envy/envy
ENV ENVY_CACHE_DIR=/envy/cache ENVY_HOME=/data
# Where pip finds the wheels, if not at its index: a mirror, or a folder that is there during the build.
ARG PIP_INDEX_URL
ARG PIP_FIND_LINKS
ARG PIP_NO_INDEX
# Of the wheels only those stay that tasks take real tables from.
RUN ln -s /envy/envy /usr/local/bin/envy \
 && envy build \
 && find /envy/cache/wheels -type f ! -name 'scikit_learn-*' -delete \
 && mkdir --mode=1777 /data /work
USER 1000:1000
WORKDIR /data
EXPOSE 8000
CMD ["envy", "--help"]
