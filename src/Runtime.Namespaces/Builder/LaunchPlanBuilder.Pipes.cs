using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// A standard stream that is a pipe belongs to whoever made it, and its mode is 0600: the guest's user could write to it, and
/// not open it anew by way of /dev/stdout (pipe(7)). So pipes get that user; files and devices are the host's and keep theirs.
/// </summary>
public sealed partial class LaunchPlanBuilder
{
    private bool HasPipes => _inputs.PipeStreams != 0 && _process.Terminal != true;

    /// <summary>For a user namespace's user, whose id on the host the namespace's root has no right over: with the runtime's rights.</summary>
    private void GivePipesAsHost()
    {
        if (HasPipes && (_inputs.UserOnHost ?? UserOnHost()) is uint uid)
        {
            GivePipes(uid);
        }
    }

    /// <summary>With the rights that the child has where it is.</summary>
    private void GivePipesToUser()
    {
        if (HasPipes)
        {
            GivePipes(_process.User?.Uid ?? 0);
        }
    }

    private void GivePipes(uint uid)
    {
        for (int stream = 0; stream <= 2; stream++)
        {
            if ((_inputs.PipeStreams & (1 << stream)) != 0)
            {
                _writer.From("/process/user/uid", $"give the pipe at descriptor {stream} to {uid}", HintKind.Credentials);
                // Without the right (EPERM), or in a namespace that knows nothing of its owner, all but opening it anew works.
                _writer.Call(SyscallNumber.fchown, stream, (long)uid, -1).Ignore(Errno.EPERM).Ignore(Errno.EINVAL);
            }
        }
    }

    private uint? UserOnHost()
    {
        uint id = _process.User?.Uid ?? 0;
        foreach (IdMapping mapping in _newUser ? _linux.UidMappings ?? [] : [])
        {
            uint first = mapping.ContainerID ?? 0;
            if (id >= first && id - first < (mapping.Size ?? 0))
            {
                return (mapping.HostID ?? 0) + (id - first);
            }
        }

        return null;
    }
}
