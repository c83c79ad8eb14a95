using OciSpec;
using Runtime.Owned;

namespace Runtime.State;

/// <summary>How far <c>create</c> came. Only a note: whether the container runs is judged by the kernel, see <see cref="StatusProbe"/>.</summary>
public enum CreationPhase
{
    /// <summary>The record was written before the first process was made.</summary>
    Creating,

    /// <summary>`run` made the first process, which still sets itself up, or has executed its program.</summary>
    Launching,

    /// <summary>The first process is set up; it waits for <c>start</c>, or has gone on from there.</summary>
    Created,
}

/// <summary>
/// Everything needed to find, judge and remove a container after any cctl process was killed: the content of
/// <c>state.json</c> in its directory. It is written before anything outside the directory is made (cgroup, process), and
/// again when the pid is known.
/// </summary>
public sealed class ContainerRecord
{
    /// <summary>The config's <c>ociVersion</c>.</summary>
    public string OciVersion { get; set; } = string.Empty;

    /// <summary>The container's id.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>Absolute path of the bundle.</summary>
    public string Bundle { get; set; } = string.Empty;

    /// <summary>Absolute path of the root file system.</summary>
    public string Rootfs { get; set; } = string.Empty;

    /// <summary>When <c>create</c> began: RFC 3339, UTC, nanoseconds; see <see cref="Timestamps"/>.</summary>
    public string Created { get; set; } = string.Empty;

    /// <summary>Effective uid of the process that created it.</summary>
    public uint OwnerUid { get; set; }

    /// <summary>The config's annotations; null when there are none.</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>How far <c>create</c> came.</summary>
    public CreationPhase Phase { get; set; }

    /// <summary>The first process; its pid is 0 as long as there is none.</summary>
    public ProcessIdentity Init { get; set; } = new(0, 0, string.Empty);

    /// <summary>What it owns on the host, in the order in which that was made; each is here before it exists.</summary>
    public List<OwnedResource> Owned { get; } = [];

    /// <summary>Its cgroup; null when it has none of its own.</summary>
    public OwnedCgroup? Cgroup => Find<OwnedCgroup>();

    /// <summary>The config's <c>poststop</c> hooks, which <c>delete</c> runs; null when there are none.</summary>
    public List<Hook>? PoststopHooks { get; set; }

    /// <summary>The config's <c>poststart</c> hooks, which <c>start</c> runs; null when there are none.</summary>
    public List<Hook>? PoststartHooks { get; set; }

    /// <summary>The command, args[0], for the message of a start that fails.</summary>
    public string? Command { get; set; }

    /// <summary>Whether the root was changed by chroot(2), not by pivot_root(2).</summary>
    public bool NoPivot { get; set; }

    /// <summary>Made with <c>--no-new-keyring</c>: its processes keep their caller's session keyring.</summary>
    public bool NoNewKeyring { get; set; }

    /// <summary>
    /// Name of its session keyring. The end of it is random: who knew it before could make a keyring of that name, for the
    /// container to join (keyctl_join_session_keyring(3)).
    /// </summary>
    public string? Keyring { get; set; }

    /// <summary>Whether it was created without the host's root.</summary>
    public bool Rootless { get; set; }

    /// <summary>Opens its cgroup; null where it has none of its own, or that is gone. The caller owns it.</summary>
    public Cgroups.Cgroup? OpenCgroup() => Cgroup is { } owned ? Cgroups.Cgroup.Open(owned.Path) : null;

    /// <summary>The first resource of a kind; null where it owns none.</summary>
    public T? Find<T>()
        where T : OwnedResource
    {
        foreach (OwnedResource resource in Owned)
        {
            if (resource is T found)
            {
                return found;
            }
        }

        return null;
    }

}
