using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Plan;

/// <summary>
/// A session keyring of the container's own: it must not read or change the caller's (keyrings(7)). A process that enters later
/// joins the same one by its name, which is the guest's user namespace's, and which nobody could guess before.
/// </summary>
internal static class SessionKeyring
{
    // What a new session keyring has (possessor: all; user: view, read, link), and search for the user, for processes that enter
    // later. keyctl_setperm(3).
    private const long Permissions = 0x3f1b0000;

    /// <summary>Writes the operations that join it, or make it.</summary>
    public static void Join(PlanWriter writer, string name)
    {
        Label done = writer.NewLabel();
        Slot keyring = writer.NewSlot();
        // Without keys in the kernel (ENOSYS) there is no keyring of the caller's to be kept from.
        writer.Call(keyring, SyscallNumber.keyctl, KEYCTL_JOIN_SESSION_KEYRING, writer.Text(name)).On(Errno.ENOSYS, done);
        // A process of another user than its owner may not set them (EACCES), and need not.
        writer.Call(SyscallNumber.keyctl, KEYCTL_SETPERM, keyring, Permissions).On(Errno.EACCES, done);
        writer.Mark(done);
    }
}
