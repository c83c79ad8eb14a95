namespace Unit.Tests.Spec;

/// <summary>Documents that use every property of the specification, with values that are all allowed together.</summary>
internal static class Samples
{
    public const string Full = """
        {
          "ociVersion": "1.3.0",
          "root": { "path": "rootfs", "readonly": true },
          "process": {
            "terminal": true,
            "consoleSize": { "height": 25, "width": 80 },
            "user": { "uid": 1, "gid": 2, "umask": 63, "additionalGids": [5, 6], "username": "nobody" },
            "args": ["/bin/sh", "-c", "true"],
            "commandLine": "sh",
            "env": ["PATH=/bin", "EMPTY="],
            "cwd": "/root",
            "capabilities": {
              "effective": ["CAP_KILL"], "bounding": ["CAP_KILL", "CAP_CHOWN"], "inheritable": ["CAP_KILL"],
              "permitted": ["CAP_KILL"], "ambient": ["CAP_KILL"]
            },
            "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": 1024, "hard": 18446744073709551615 }],
            "noNewPrivileges": true,
            "apparmorProfile": "acme",
            "oomScoreAdj": -999,
            "selinuxLabel": "system_u:system_r:svirt_lxc_net_t:s0:c124,c675",
            "scheduler": {
              "policy": "SCHED_DEADLINE", "nice": 0, "priority": 0, "flags": ["SCHED_FLAG_RECLAIM"],
              "runtime": 10000000, "deadline": 20000000, "period": 30000000
            },
            "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 4 },
            "execCPUAffinity": { "initial": "0-3,7", "final": "1" }
          },
          "hostname": "guest",
          "domainname": "example",
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            {
              "destination": "/data", "type": "none", "source": "/volumes/data", "options": ["rbind", "ridmap"],
              "uidMappings": [{ "containerID": 0, "hostID": 1000, "size": 10 }],
              "gidMappings": [{ "containerID": 0, "hostID": 1000, "size": 10 }]
            }
          ],
          "hooks": {
            "prestart": [{ "path": "/bin/a", "args": ["a", "b"], "env": ["K=V"], "timeout": 5 }],
            "createRuntime": [{ "path": "/bin/b" }],
            "createContainer": [{ "path": "/bin/c" }],
            "startContainer": [{ "path": "/bin/d" }],
            "poststart": [{ "path": "/bin/e" }],
            "poststop": [{ "path": "/bin/f" }]
          },
          "annotations": { "org.example/key": "value" },
          "linux": {
            "namespaces": [
              { "type": "pid" }, { "type": "network", "path": "/run/netns/a" }, { "type": "mount" }, { "type": "ipc" },
              { "type": "uts" }, { "type": "user" }, { "type": "cgroup" }, { "type": "time" }
            ],
            "uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }],
            "gidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }],
            "timeOffsets": { "monotonic": { "secs": -5, "nanosecs": 10 }, "boottime": { "secs": 7 } },
            "devices": [{ "type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 438, "uid": 0, "gid": 0 }],
            "netDevices": { "eth0": { "name": "container_eth0" } },
            "cgroupsPath": "/guests/a",
            "resources": {
              "devices": [{ "allow": false, "access": "rwm" }, { "allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw" }],
              "memory": {
                "limit": 536870912, "reservation": 536870912, "swap": 536870912, "kernel": -1, "kernelTCP": -1,
                "swappiness": 0, "disableOOMKiller": false, "useHierarchy": true, "checkBeforeUpdate": true
              },
              "cpu": {
                "shares": 1024, "quota": 1000000, "burst": 1000000, "period": 500000, "realtimeRuntime": 950000,
                "realtimePeriod": 1000000, "cpus": "2-3", "mems": "0-7", "idle": 0
              },
              "pids": { "limit": 32771 },
              "blockIO": {
                "weight": 10, "leafWeight": 10,
                "weightDevice": [{ "major": 8, "minor": 0, "weight": 500, "leafWeight": 300 }],
                "throttleReadBpsDevice": [{ "major": 8, "minor": 0, "rate": 600 }],
                "throttleWriteBpsDevice": [{ "major": 8, "minor": 0, "rate": 600 }],
                "throttleReadIOPSDevice": [{ "major": 8, "minor": 0, "rate": 600 }],
                "throttleWriteIOPSDevice": [{ "major": 8, "minor": 16, "rate": 300 }]
              },
              "hugepageLimits": [{ "pageSize": "2MB", "limit": 209715200 }],
              "network": { "classID": 1048577, "priorities": [{ "name": "eth0", "priority": 500 }] },
              "rdma": { "mlx5_1": { "hcaHandles": 3, "hcaObjects": 10000 } },
              "unified": { "memory.high": "100000000" }
            },
            "intelRdt": {
              "closID": "group", "schemata": ["L2:0=f;1=f"], "l3CacheSchema": "L3:0=7f0;1=1f", "memBwSchema": "MB:0=20;1=70",
              "enableMonitoring": true
            },
            "memoryPolicy": { "mode": "MPOL_INTERLEAVE", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"] },
            "sysctl": { "net.ipv4.ip_forward": "1" },
            "seccomp": {
              "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"],
              "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/agent.sock", "listenerMetadata": "m",
              "syscalls": [
                { "names": ["getcwd"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                  "args": [{ "index": 0, "value": 18446744073709551615, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ" }] },
                { "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }
              ]
            },
            "rootfsPropagation": "slave",
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": ["/proc/sys"],
            "mountLabel": "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811",
            "personality": { "domain": "LINUX", "flags": [] }
          }
        }
        """;

    public const string Features = """
        {
          "ociVersionMin": "1.0.0", "ociVersionMax": "1.3.0", "hooks": ["prestart"], "mountOptions": ["ro"],
          "linux": {
            "namespaces": ["pid"], "capabilities": ["CAP_CHOWN"],
            "cgroup": { "v1": false, "v2": true, "systemd": true, "systemdUser": true, "rdma": true },
            "seccomp": {
              "enabled": true, "actions": ["SCMP_ACT_ALLOW"], "operators": ["SCMP_CMP_EQ"], "archs": ["SCMP_ARCH_X86_64"],
              "knownFlags": ["SECCOMP_FILTER_FLAG_LOG"], "supportedFlags": []
            },
            "apparmor": { "enabled": true }, "selinux": { "enabled": false },
            "intelRdt": { "enabled": true, "schemata": true, "monitoring": true },
            "memoryPolicy": { "modes": ["MPOL_BIND"], "flags": ["MPOL_F_STATIC_NODES"] },
            "mountExtensions": { "idmap": { "enabled": true } }, "netDevices": { "enabled": true }
          },
          "annotations": { "a": "b" }, "potentiallyUnsafeConfigAnnotations": ["org.example."]
        }
        """;

    public const string ProcessState = """
        {
          "ociVersion": "1.3.0", "fds": ["seccompFd"], "pid": 4422, "metadata": "m",
          "state": {
            "ociVersion": "1.3.0", "id": "a", "status": "creating", "pid": 4422, "bundle": "/b", "annotations": { "k": "v" }
          }
        }
        """;
}
