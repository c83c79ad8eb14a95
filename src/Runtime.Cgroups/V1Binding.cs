namespace Runtime.Cgroups;

/// <summary>A cgroup v1 mount, which keeps its controllers away from cgroup v2.</summary>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Options">The superblock's options; the controllers are among them, as in <c>rw,cpu,cpuacct</c>.</param>
public sealed record V1Binding(string MountPoint, string Options)
{
    /// <summary>Whether <paramref name="controller"/>, by its v1 name, is bound here.</summary>
    public bool Has(ReadOnlySpan<char> controller)
    {
        ReadOnlySpan<char> rest = Options;
        while (!rest.IsEmpty)
        {
            int comma = rest.IndexOf(',');
            if ((comma < 0 ? rest : rest[..comma]).SequenceEqual(controller))
            {
                return true;
            }

            rest = comma < 0 ? default : rest[(comma + 1)..];
        }

        return false;
    }
}
