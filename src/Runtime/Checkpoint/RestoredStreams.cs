using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>What a guest had of its caller's standard streams, it gets of the restoring one's.</summary>
internal sealed class RestoredStreams : IDisposable
{
    private const string Files = "files.img";
    private const uint TreeMagic = 0x50273030;
    private const uint IdsMagic = 0x54432030;
    private const uint DescriptorsMagic = 0x56213732;

    private readonly List<Fd> _owned = [];
    private readonly GuestNodes _nodes;
    private readonly List<int> _extraFds;

    /// <param name="nodes">The guest's devices.</param>
    /// <param name="extraFds">Descriptors that criu gets beside the streams; those that are needed are added.</param>
    public RestoredStreams(GuestNodes nodes, List<int> extraFds) => (_nodes, _extraFds) = (nodes, extraFds);

    /// <summary>What takes the place of what was outside: keys and criu's descriptors. files.img is made to agree.</summary>
    /// <param name="images">The directory of the images, for the keys.</param>
    /// <param name="reviewed">The images that criu gets.</param>
    public List<(string Key, int Fd)> Inherit(Fd images, ReviewedImages reviewed)
    {
        List<(string Key, int Stream)> streams = StandardStreams.Load(images);
        List<(string Key, int Stream)> files = streams.FindAll(static s => s.Key.StartsWith("file[", StringComparison.Ordinal));
        List<(string Key, int Fd)> inherited = [.. streams.Except(files)];
        if (files.Count == 0 || reviewed[Files] is not byte[] image)
        {
            return inherited;
        }

        // What takes a stream's place: its number here, and the one that criu has it by.
        Dictionary<int, (int Ours, int Crius)> instead = files.ToDictionary(static f => f.Stream, f => Instead(f.Stream));
        instead[StreamEntries.Nothing] = Own(_nodes.OpenNull(O_RDWR));
        var entries = new List<(string Key, int Stream)>();
        if (StreamEntries.Rewrite(image, files, Ids(reviewed), stream => StandardStreams.Caller(instead[stream].Ours), entries) is byte[] rewritten)
        {
            reviewed[Files] = rewritten;
            inherited.AddRange(entries.ConvertAll(i => (i.Key, instead[i.Stream].Crius)));
        }

        return inherited;
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(static fd => fd.Dispose());

    /// <summary>SECURITY: the host's null device is not handed on, as a launch does not: the guest could change its owner and mode.</summary>
    private (int Ours, int Crius) Instead(int stream)
    {
        CallerStream caller = StandardStreams.Caller(stream);
        if (!caller.CanBeOpened)
        {
            RuntimeLog.Warn($"standard stream {stream} was a file and is a socket, or closed, now: criu cannot put the one in the place of the other: it leads to /dev/null");
            return Own(_nodes.OpenNull(O_RDWR));
        }

        bool isNull = Sys.TryStatx(stream, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
            && (status.stx_mode & S_IFMT) == S_IFCHR && (status.stx_rdev_major, status.stx_rdev_minor) == (1, 3);
        return isNull ? Own(_nodes.OpenNull(caller.Flags & (O_ACCMODE | O_APPEND))) : (stream, stream);
    }

    private (int Ours, int Crius) Own(Fd fd)
    {
        _owned.Add(fd);
        _extraFds.Add(fd.Number);
        return (fd.Number, CriuSession.FirstExtraFd + _extraFds.Count - 1);
    }

    /// <summary>The entries in files.img of the first process's standard streams; null where one is not said.</summary>
    private static uint?[] Ids(ReviewedImages reviewed)
    {
        uint?[] ids = new uint?[3];
        uint? pid = First(reviewed, "pstree.img", TreeMagic)?.Number(1);
        uint? table = First(reviewed, $"ids-{pid}.img", IdsMagic)?.Number(2);
        string name = $"fdinfo-{table}.img";
        foreach (byte[] record in reviewed[name] is byte[] bytes ? ImageRecords.Read(name, bytes, DescriptorsMagic) : [])
        {
            var descriptor = new ImageMessage(name, record);
            if (descriptor.Number(4) is uint stream and <= 2)
            {
                ids[stream] = descriptor.Number(1);
            }
        }

        return ids;
    }

    private static ImageMessage? First(ReviewedImages reviewed, string name, uint magic) =>
        reviewed[name] is byte[] bytes && ImageRecords.Read(name, bytes, magic) is { Count: > 0 } records ? new ImageMessage(name, records[0]) : null;
}
