using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The labels of security modules, and the session keyring.</summary>
internal sealed class LabelsPart(PlanScope scope) : LaunchPart(scope)
{
    public void Set()
    {
        if (Process.ApparmorProfile is { Length: > 0 } profile)
        {
            Writer.From("/process/apparmorProfile", $"change to the profile {profile} on exec", HintKind.Label);
            WriteHostProc("thread-self/attr/apparmor/exec", "exec " + profile);
        }

        if (Process.SelinuxLabel is { Length: > 0 } label)
        {
            Writer.From("/process/selinuxLabel", $"change to the label {label} on exec", HintKind.Label);
            WriteHostProc("thread-self/attr/exec", label);
        }
    }

    /// <summary>
    /// A session keyring of the container's own: it must not read or change the caller's (keyrings(7)). A process that enters
    /// later joins the same one by its name, which is the guest's user namespace's, and which nobody could guess before.
    /// </summary>
    public void JoinKeyring()
    {
        if (Inputs.NoNewKeyring)
        {
            return;
        }

        Writer.From("", "join a session keyring of its own", HintKind.Keyring);
        Label done = Writer.NewLabel();
        Slot keyring = Writer.NewSlot();
        if (Process.SelinuxLabel is { Length: > 0 } label && Inputs.Exec is null)
        {
            // The keyring's label, not what keeps others out of it: it has no name that they know.
            WriteHostProc("thread-self/attr/keycreate", label).IgnoreAny();
        }

        // Without keys in the kernel (ENOSYS) there is no keyring of the caller's to be kept from.
        Writer.Call(keyring, SyscallNumber.keyctl, KEYCTL_JOIN_SESSION_KEYRING, Writer.Text(Inputs.Keyring)).On(Errno.ENOSYS, done);
        // What a new session keyring has (possessor: all; user: view, read, link), and search for the user, for processes
        // that enter later: of another user than its owner they may not set it (EACCES), and need not.
        Writer.Call(SyscallNumber.keyctl, KEYCTL_SETPERM, keyring, 0x3f1b0000L).On(Errno.EACCES, done);
        Writer.Mark(done);
    }
}
