#!/usr/bin/busybox sh
# The first program of the emulated machine.
b=/usr/bin/busybox
if [ "$1" != moved ]; then
    # The kernel's first root cannot be pivoted away from, which is what a box's jail does: into another one.
    $b mount -t tmpfs -o size=2g,mode=755 new /new
    for name in bin sbin lib lib64 usr etc tests init; do $b cp -a /$name /new/; done
    for place in dev proc sys tmp run; do $b mkdir -p /new/$place; done
    exec $b switch_root /new /init moved
fi
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b mkdir -p /dev/shm
$b mount -t tmpfs -o mode=1777 shm /dev/shm
$b mount -t tmpfs -o mode=1777 tmp /tmp
$b mount -t cgroup2 cgroup /sys/fs/cgroup
$b ifconfig lo 127.0.0.1 up
echo "+memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
export PATH=/usr/bin HOME=/tmp
failed=0
# In a group of its own each time: as root, and as an ordinary user to whom the group is delegated.
for user in 0 1000; do
    group=/sys/fs/cgroup/tests-$user
    $b mkdir $group
    $b chown -R $user $group
    echo "ENVY-MACHINE: as user $user"
    $b sh -c "echo \$\$ > $group/cgroup.procs; exec $b setuidgid $user:$user /tests --test-threads 1 --nocapture \
        suite::the_suite_passes_in_a_cold_interpreter contract::" || failed=1
done
[ $failed = 0 ] && echo "ENVY-MACHINE: passed"
$b poweroff -f
