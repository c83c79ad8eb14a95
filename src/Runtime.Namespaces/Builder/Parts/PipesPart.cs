using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// A standard stream that is a pipe belongs to whoever made it, and its mode is 0600: the guest's user could write to it, and
/// not open it anew by way of /dev/stdout (pipe(7)). So pipes get that user; files and devices are the host's and keep theirs.
/// </summary>
internal sealed class PipesPart(PlanScope scope) : LaunchPart(scope)
{
    private bool HasPipes => Inputs.PipeStreams != 0 && Process.Terminal != true;

    /// <summary>For a user namespace's user, whose id on the host the namespace's root has no right over: with the runtime's rights.</summary>
    public void GiveAsHost()
    {
        if (HasPipes && (Inputs.UserOnHost ?? UserOnHost()) is uint uid)
        {
            Give(uid);
        }
    }

    /// <summary>With the rights that the child has where it is.</summary>
    public void GiveToUser()
    {
        if (HasPipes)
        {
            Give(Process.User?.Uid ?? 0);
        }
    }

    private void Give(uint uid)
    {
        for (int stream = 0; stream <= 2; stream++)
        {
            if ((Inputs.PipeStreams & (1 << stream)) != 0)
            {
                Writer.From("/process/user/uid", $"give the pipe at descriptor {stream} to {uid}", HintKind.Credentials);
                // Without the right (EPERM), or in a namespace that knows nothing of its owner, all but opening it anew works.
                Writer.Call(SyscallNumber.fchown, stream, (long)uid, -1).Ignore(Errno.EPERM).Ignore(Errno.EINVAL);
            }
        }
    }

    private uint? UserOnHost() => Namespaces.Makes(CLONE_NEWUSER) ? IdMappings.ToHost(Linux.UidMappings, Process.User?.Uid ?? 0) : null;
}
