using System.CommandLine;
using System.Runtime.CompilerServices;
using Cctl.Cli;
using Cctl.Commands.Images;
using Cctl.Streams;
using OciSpec;
using OciSpec.Image;
using Runtime;
using Runtime.Compose;
using Runtime.Images;
using Runtime.Images.Snapshots;
using Runtime.Images.Store;
using Runtime.Launch;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Resolution;
using Runtime.Owned;
using static Runtime.Linux.Abi;

namespace Cctl.Commands.Containers;

/// <summary>A container on an image, from its name to its process.</summary>
internal sealed class ImageRun
{
    /// <summary>The exit status where cctl itself fails, as docker has it.</summary>
    internal const int FailureStatus = 125;

    private const int CannotExecute = 126;
    private const int NotFound = 127;

    private readonly Globals _globals;
    private readonly RunOptions _options;
    private readonly ParseResult _parsed;
    private readonly RunRequest _request;

    internal ImageRun(Globals globals, RunOptions options, ParseResult parsed, string image, string[] command)
    {
        _globals = globals;
        _options = options;
        _parsed = parsed;
        _request = options.Read(parsed, image, command);
    }

    /// <summary>Runs it.</summary>
    /// <param name="creation">The options that every creation takes.</param>
    /// <returns>The exit status: that of the process; 126 and 127 where it could not be executed, or found.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal int Run(CreateOptions creation)
    {
        RequireStreams(creation.Detach);
        using ImageStore? store = OpenStore(out StoredImage? image);
        if (store is null)
        {
            return FailureStatus;
        }

        string id = ContainerRecords.NewId();
        using Snapshot snapshot = Plan(store, image!, id);
        try
        {
            CreateOptions options = Compose(snapshot, image!, creation with { Id = id });
            snapshot.Dispose();
            WriteIdFile(id);
            int status;
            using (MoveStreams(creation.Detach))
            {
                status = ContainerCreator.Run(options);
            }

            if (creation.Detach)
            {
                Output.Write(id + "\n");
            }

            return status;
        }
        catch (LaunchException e) when (e.Pointer == "/process/args/0")
        {
            _globals.FailureStatus = e.Errno == Errno.ENOENT ? NotFound : CannotExecute;
            throw;
        }
        finally
        {
            RemoveUnlessCreated(store, id);
        }
    }

    /// <summary>What <see cref="Run"/> would create: its bundle has no directory. Null where the image could not be fetched, which is said.</summary>
    internal CreateOptions? Explain(CreateOptions creation)
    {
        using ImageStore? store = OpenStore(out StoredImage? image);
        if (store is null)
        {
            return null;
        }

        using Snapshot snapshot = Plan(store, image!, creation.Id);
        return Compose(snapshot, image!, creation, makes: false);
    }

    private Snapshot Plan(ImageStore store, StoredImage image, string id)
    {
        string name = _options.Name(_parsed) ?? MadeUpName.Find(n => store.Containers.FindNamed(n) is null);
        Runtime.State.ContainerId.Check(name);
        var container = new StoredContainer { Id = id, Name = name, Image = _request.Image, Manifest = image.Digest, StateRoot = _globals.StateRoot, Layers = [.. image.DiffIds] };
        return Snapshot.Plan(store, container, LayeredRoot.Upper, LayeredRoot.Work);
    }

    private CreateOptions Compose(Snapshot snapshot, StoredImage image, CreateOptions creation, bool makes = true)
    {
        bool isRoot = Sys.GetEuid() == 0;
        bool hasRange = isRoot && !_globals.InUserNamespace && !SharesUserNamespace;
        if (makes)
        {
            snapshot.Make(hasRange ? IdRanges.Candidates() : null);
        }

        uint first = snapshot.Container.FirstId ?? IdRanges.Candidates().First();
        List<IdMapping> range = [new() { ContainerID = 0, HostID = first, Size = IdRanges.Size }];
        using LayeredTree tree = LayeredTree.Open(snapshot.Layers, snapshot.UserXattrs);
        RuntimeConfig config = ComposedConfig.Of(_request, image.Config.Config ?? new ContainerDefaults(), new ContainerPlace
        {
            Id = snapshot.Container.Id,
            Mappings = hasRange ? (range, range) : isRoot ? null : OwnUserNamespace.Mappings(),
            IdMaps = hasRange,
            Root = Snapshot.Mountpoint,
            Write = makes ? (name, bytes) => snapshot.Write(name, bytes) : (name, _) => $"{snapshot.Path}/{name}",
            Read = path => tree.TryRead(path, Accounts.LongestFile),
        });
        return creation with
        {
            Bundle = snapshot.Path,
            Config = ConfigFile.Write(config),
            Layered = new LayeredRoot
            {
                Layers = snapshot.Layers,
                Changes = snapshot.Path,
                UserXattrs = snapshot.UserXattrs || !isRoot || _globals.InUserNamespace,
                Volatile = _options.Removes(_parsed),
            },
            Owned = new OwnedSnapshot(ImageArguments.PathOf(_globals.Store), snapshot.Container.Id),
            Keep = !_options.Removes(_parsed),
        };
    }

    // What lives in namespaces of the host's user namespace, or has its devices.
    private bool SharesUserNamespace => _request.UserNamespace == "host" || _request.Privileged || _request.Pid == "host" || _request.Network.StartsWith("ns:", StringComparison.Ordinal);

    // Null where the image could not be fetched: the helper has said why.
    private ImageStore? OpenStore(out StoredImage? image)
    {
        image = null;
        string path = ImageArguments.PathOf(_globals.Store);
        string pull = _options.Pull(_parsed);
        for (bool fetched = false; ; fetched = true)
        {
            ImageStore? store = pull == "always" && !fetched ? null : ImageStore.TryOpen(path);
            if (store is not null && new ImageLookup(store).TryGet(_request.Image, out _) is { } found)
            {
                image = found;
                return store;
            }

            store?.Dispose();
            if (fetched || pull == "never")
            {
                throw new ImageException($"{_request.Image}: no such image here: cctl pull {_request.Image} fetches it, cctl images shows what there is");
            }

            if (FileText.TryReadString(AT_FDCWD, Path.Combine(_request.Image, "config.json"))?.Contains("\"ociVersion\"", StringComparison.Ordinal) == true)
            {
                throw new ContainerException($"run {_request.Image}: no such image here, and the directory is a bundle: cctl run --bundle {_request.Image} ID");
            }

            if ((CarriedImage.Is(_request.Image) ? CarriedImage.Import(path) : Fetch(path)) != 0)
            {
                return null;
            }
        }
    }

    // What it prints is not the container's output.
    private int Fetch(string path)
    {
        using MovedStreams moved = _options.IsQuiet(_parsed) ? MovedStreams.ToNull(1) : MovedStreams.To(1, 2);
        return new ImagesHelper("pull", path).Flag("quiet", _options.IsQuiet(_parsed)).Value("platform", _options.Platform(_parsed)).Run(_request.Image);
    }

    private void RequireStreams(bool detach)
    {
        if (detach && _request.Terminal)
        {
            throw new ContainerException("--tty: a detached container has nobody to hold its terminal: leave --tty or --detach out");
        }

        if (detach && _options.Removes(_parsed))
        {
            throw new ContainerException("--rm: nobody waits for the end of a detached container: leave --rm or --detach out; cctl rm removes it");
        }

        if (_request.Terminal && _options.IsInteractive(_parsed) && !Output.IsTerminalAt(0))
        {
            throw new ContainerException("--tty --interactive: standard input is no terminal: leave --tty out, or run it from a terminal");
        }
    }

    // Without --interactive nothing of the caller's input reaches the container; a detached one has no streams at all.
    private MovedStreams MoveStreams(bool detach) =>
        detach ? MovedStreams.ToNull(0, 1, 2) : _options.IsInteractive(_parsed) ? new MovedStreams() : MovedStreams.ToNull(0);

    private void WriteIdFile(string id)
    {
        if (_options.IdFile(_parsed) is not { } path)
        {
            return;
        }

        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0b110_100_100, out Fd? opened);
        if (opened is null)
        {
            throw new ContainerException($"--cidfile {path}: {errno.Name()}: {(errno == Errno.EEXIST ? "the file is there: it may be another container's" : errno.Meaning())}");
        }

        using Fd file = opened;
        Sys.Write(file.Number, System.Text.Encoding.ASCII.GetBytes(id));
    }

    // Once there is a record, it owns the snapshot, and goes with it.
    private void RemoveUnlessCreated(ImageStore store, string id)
    {
        if (Sys.TryAccess(AT_FDCWD, $"{_globals.StateRoot}/{id}", 0, AT_SYMLINK_NOFOLLOW) == Errno.ENOENT && store.Containers.Find(id) is not null)
        {
            OwnedSnapshot.Remove(store.Path, id);
        }
    }
}
