using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>User, groups, capabilities, no_new_privs and umask, in the one order in which they can be set.</summary>
internal sealed class CredentialsPart(PlanScope scope, CommandPart command, SeccompPart seccomp, StartPart start) : LaunchPart(scope)
{
    /// <summary>The process's own rights and surroundings; after it nothing but its filter is missing.</summary>
    public void Set()
    {
        command.ChangeToWorkingDirectory(firstTry: true);
        CapabilitySets sets = CapabilitySets.From(Process.Capabilities).Within(Inputs.Grantable);
        DropBoundingSet(sets.Bounding);
        Writer.From("/process/user", "keep the capabilities over the change of user", HintKind.Credentials);
        Writer.Call(SyscallNumber.prctl, PR_SET_KEEPCAPS, 1);
        SetUser();
        Writer.Call(SyscallNumber.prctl, PR_SET_KEEPCAPS, 0);
        command.ChangeToWorkingDirectory(firstTry: false);
        SetCapabilities(sets, seccomp.CapabilitiesForIt);
        SetAmbient(sets);
        Writer.From("", "stay hidden from the guest until execve");
        Writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        Writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        if (seccomp.NoNewPrivileges)
        {
            Writer.From("/process/noNewPrivileges", "set no_new_privs", HintKind.Credentials);
            Writer.Call(SyscallNumber.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }

        Writer.From("/process/user/umask", "set the umask");
        Writer.Call(SyscallNumber.umask, (int)(Process.User?.Umask ?? 0b000_010_010));
        command.Find();
        Writer.Add(OperationCode.ResetSignals, Slot.None, 0, start.EndsWaiting ? StartPart.EndingSignals : 0);
        LoadSeccompEarly(sets);
    }

    private void LoadSeccompEarly(CapabilitySets sets)
    {
        if (!seccomp.LoadsEarly)
        {
            return;
        }

        seccomp.Load();
        if (seccomp.CapabilitiesForIt != 0)
        {
            SetCapabilities(sets, 0);
            Writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        }
    }

    private void SetUser()
    {
        UserSpec user = Process.User ?? new UserSpec();
        List<uint> groups = user.AdditionalGids ?? [];
        Writer.From("/process/user/additionalGids", "set the groups", HintKind.Groups);
        Argument list = groups.Count == 0 ? 0 : Writer.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(groups)));
        PlanWriter.Step step = Writer.Call(SyscallNumber.setgroups, groups.Count, list);
        if (groups.Count == 0 && Scope.BindsDevices)
        {
            // user_namespaces(7): an ordinary user's namespace has setgroups(2) denied, and then there are none to give up.
            step.Ignore(Errno.EPERM);
        }

        uint gid = user.Gid ?? 0;
        uint uid = user.Uid ?? 0;
        Writer.From("/process/user/gid", $"setresgid {gid}", HintKind.Credentials);
        Writer.Call(SyscallNumber.setresgid, (long)gid, (long)gid, (long)gid);
        Writer.From("/process/user/uid", $"setresuid {uid}", HintKind.Credentials);
        Writer.Call(SyscallNumber.setresuid, (long)uid, (long)uid, (long)uid);
    }

    private void DropBoundingSet(ulong bounding)
    {
        Writer.From("/process/capabilities/bounding", "drop capabilities from the bounding set", HintKind.Credentials);
        for (int capability = 0; capability <= CapabilitySets.Last; capability++)
        {
            if ((bounding & (1UL << capability)) == 0)
            {
                // A kernel that does not know it gives it to nobody.
                Writer.Call(SyscallNumber.prctl, PR_CAPBSET_DROP, capability).Ignore(Errno.EINVAL);
            }
        }
    }

    private void SetCapabilities(CapabilitySets sets, ulong beside)
    {
        Writer.From("/process/capabilities", "set the capabilities", HintKind.Credentials);
        ulong effective = sets.Effective | beside;
        ulong permitted = sets.Permitted | beside;
        Argument header = Writer.Struct(new cap_user_header { version = _LINUX_CAPABILITY_VERSION_3 });
        Argument data = Writer.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes<cap_user_data>(
        [
            new() { effective = (uint)effective, permitted = (uint)permitted, inheritable = (uint)sets.Inheritable },
            new() { effective = (uint)(effective >> 32), permitted = (uint)(permitted >> 32), inheritable = (uint)(sets.Inheritable >> 32) },
        ]));
        Writer.Call(SyscallNumber.capset, header, data);
    }

    private void SetAmbient(CapabilitySets sets)
    {
        Writer.From("/process/capabilities/ambient", "set the ambient capabilities", HintKind.Credentials);
        Writer.Call(SyscallNumber.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        // The kernel allows only what is permitted and inheritable too (capabilities(7)); configurations made by
        // `runc spec` ask for more, and every runtime leaves that out.
        ulong ambient = sets.Ambient & sets.Permitted & sets.Inheritable;
        for (int capability = 0; capability <= CapabilitySets.Last; capability++)
        {
            if ((ambient & (1UL << capability)) != 0)
            {
                Writer.Call(SyscallNumber.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
            }
        }
    }
}
