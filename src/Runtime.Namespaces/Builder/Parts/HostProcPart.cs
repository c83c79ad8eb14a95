using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The host's procfs, for labels, oom_score_adj and sysctl: never the guest's, which may be anything.</summary>
internal sealed class HostProcPart(PlanScope scope) : LaunchPart(scope)
{
    public void Open()
    {
        Writer.From("", "open the host's /proc");
        Scope.HostProc = Writer.NewSlot();
        Writer.Call(HostProc, SyscallNumber.openat, AT_FDCWD, Writer.Text("/proc"), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        RequireFilesystem(HostProc, PROC_SUPER_MAGIC, equal: true, Errno.ENODEV);
    }

    /// <summary>It leads to the host's root: it goes before any process of the guest can see this one.</summary>
    public void Release()
    {
        Writer.From("", "let go of the host's /proc");
        Writer.Call(SyscallNumber.close, HostProc);
    }
}
