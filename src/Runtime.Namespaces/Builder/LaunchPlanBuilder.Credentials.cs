using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    private void SetLabels()
    {
        if (_process.ApparmorProfile is { Length: > 0 } profile)
        {
            _writer.From("/process/apparmorProfile", $"change to the profile {profile} on exec", HintKind.Label);
            WriteHostProc("thread-self/attr/apparmor/exec", "exec " + profile);
        }

        if (_process.SelinuxLabel is { Length: > 0 } label)
        {
            _writer.From("/process/selinuxLabel", $"change to the label {label} on exec", HintKind.Label);
            WriteHostProc("thread-self/attr/exec", label);
        }
    }

    /// <summary>
    /// A session keyring of the container's own: it must not read or change the caller's (keyrings(7)). A process that enters
    /// later joins the same one by its name, which is the guest's user namespace's, and which nobody could guess before.
    /// </summary>
    private void JoinKeyring()
    {
        if (_inputs.NoNewKeyring)
        {
            return;
        }

        _writer.From("", "join a session keyring of its own", HintKind.Keyring);
        Label done = _writer.NewLabel();
        Slot keyring = _writer.NewSlot();
        if (_process.SelinuxLabel is { Length: > 0 } label && _inputs.Exec is null)
        {
            // The keyring's label, not what keeps others out of it: it has no name that they know.
            WriteHostProc("thread-self/attr/keycreate", label).IgnoreAny();
        }

        // Without keys in the kernel (ENOSYS) there is no keyring of the caller's to be kept from.
        _writer.Call(keyring, SyscallNumber.keyctl, KEYCTL_JOIN_SESSION_KEYRING, _writer.Text(_inputs.Keyring)).On(Errno.ENOSYS, done);
        // What a new session keyring has (possessor: all; user: view, read, link), and search for the user, for processes
        // that enter later: of another user than its owner they may not set it (EACCES), and need not.
        _writer.Call(SyscallNumber.keyctl, KEYCTL_SETPERM, keyring, 0x3f1b0000L).On(Errno.EACCES, done);
        _writer.Mark(done);
    }

    /// <summary>The process's own rights and surroundings; after it nothing but its filter is missing.</summary>
    private void SetCredentials()
    {
        ChangeToWorkingDirectory(firstTry: true);
        CapabilitySets sets = CapabilitySets.From(_process.Capabilities).Within(_inputs.Grantable);
        DropBoundingSet(sets.Bounding);
        _writer.From("/process/user", "keep the capabilities over the change of user", HintKind.Credentials);
        _writer.Call(SyscallNumber.prctl, PR_SET_KEEPCAPS, 1);
        SetUser();
        _writer.Call(SyscallNumber.prctl, PR_SET_KEEPCAPS, 0);
        ChangeToWorkingDirectory(firstTry: false);
        SetCapabilities(sets, CapabilitiesForSeccomp);
        SetAmbient(sets);
        _writer.From("", "stay hidden from the guest until execve");
        _writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        _writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        if (NoNewPrivileges)
        {
            _writer.From("/process/noNewPrivileges", "set no_new_privs", HintKind.Credentials);
            _writer.Call(SyscallNumber.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }

        _writer.From("/process/user/umask", "set the umask");
        _writer.Call(SyscallNumber.umask, (int)(_process.User?.Umask ?? 0x12));
        FindCommand();
        _writer.Add(OperationCode.ResetSignals, Slot.None, 0, EndsWaiting ? EndingSignals : 0);
        LoadSeccompEarly(sets);
    }

    private void SetUser()
    {
        UserSpec user = _process.User ?? new UserSpec();
        List<uint> groups = user.AdditionalGids ?? [];
        _writer.From("/process/user/additionalGids", "set the groups", HintKind.Groups);
        Argument list = groups.Count == 0 ? 0 : _writer.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(groups)));
        PlanWriter.Step step = _writer.Call(SyscallNumber.setgroups, groups.Count, list);
        if (groups.Count == 0 && BindsDevices)
        {
            // user_namespaces(7): an ordinary user's namespace has setgroups(2) denied, and then there are none to give up.
            step.Ignore(Errno.EPERM);
        }

        uint gid = user.Gid ?? 0;
        uint uid = user.Uid ?? 0;
        _writer.From("/process/user/gid", $"setresgid {gid}", HintKind.Credentials);
        _writer.Call(SyscallNumber.setresgid, (long)gid, (long)gid, (long)gid);
        _writer.From("/process/user/uid", $"setresuid {uid}", HintKind.Credentials);
        _writer.Call(SyscallNumber.setresuid, (long)uid, (long)uid, (long)uid);
    }

    private void DropBoundingSet(ulong bounding)
    {
        _writer.From("/process/capabilities/bounding", "drop capabilities from the bounding set", HintKind.Credentials);
        for (int capability = 0; capability <= CapabilitySets.Last; capability++)
        {
            if ((bounding & (1UL << capability)) == 0)
            {
                _writer.Call(SyscallNumber.prctl, PR_CAPBSET_DROP, capability).Ignore(Errno.EINVAL);
            }
        }
    }

    private void SetCapabilities(CapabilitySets sets, ulong beside)
    {
        _writer.From("/process/capabilities", "set the capabilities", HintKind.Credentials);
        ulong effective = sets.Effective | beside;
        ulong permitted = sets.Permitted | beside;
        Argument header = _writer.Struct(new cap_user_header { version = _LINUX_CAPABILITY_VERSION_3 });
        Argument data = _writer.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes<cap_user_data>(
        [
            new() { effective = (uint)effective, permitted = (uint)permitted, inheritable = (uint)sets.Inheritable },
            new() { effective = (uint)(effective >> 32), permitted = (uint)(permitted >> 32), inheritable = (uint)(sets.Inheritable >> 32) },
        ]));
        _writer.Call(SyscallNumber.capset, header, data);
    }

    private void SetAmbient(CapabilitySets sets)
    {
        _writer.From("/process/capabilities/ambient", "set the ambient capabilities", HintKind.Credentials);
        _writer.Call(SyscallNumber.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        // The kernel allows only what is permitted and inheritable too (capabilities(7)); configurations made by
        // `runc spec` ask for more, and every runtime leaves that out.
        ulong ambient = sets.Ambient & sets.Permitted & sets.Inheritable;
        for (int capability = 0; capability <= CapabilitySets.Last; capability++)
        {
            if ((ambient & (1UL << capability)) != 0)
            {
                _writer.Call(SyscallNumber.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
            }
        }
    }
}
