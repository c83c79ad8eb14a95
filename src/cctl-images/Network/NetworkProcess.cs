using System.Globalization;
using System.Text;
using CctlImages.Registry;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Linux;

namespace CctlImages.Network;

/// <summary>
/// Talks to registries through a process that has no rights on this machine (docs/ARCHITECTURE.md, the network process). Every method may
/// be called from several threads at once, and blocks. Failures are <see cref="ImageException"/> with the whole message.
/// </summary>
internal sealed class NetworkProcess : IDisposable
{
    private readonly RegistrySettings _settings;
    private readonly Fd _control;
    private readonly ChildProcess _child;
    private readonly Lock _readying = new();
    private bool _ready;
    private RegistryException? _unready;

    private NetworkProcess(RegistrySettings settings, Fd control, ChildProcess child) => (_settings, _control, _child) = (settings, control, child);

    /// <summary>The child's pid.</summary>
    public int Pid => _child.Pid;

    /// <summary>Starts the process. It is confined, and knows the settings, before the first request is answered.</summary>
    /// <exception cref="ImageException">It cannot be started.</exception>
    public static NetworkProcess Start(RegistrySettings settings)
    {
        (Fd own, Fd theirs) = Sys.SocketPair(Abi.SOCK_SEQPACKET);
        using (theirs)
        {
            string[] arguments =
            [
                "cctl-images", NetworkMain.Word, Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
                settings.User.ToString(CultureInfo.InvariantCulture), settings.Group.ToString(CultureInfo.InvariantCulture),
            ];
            try
            {
                return new NetworkProcess(settings, own, new ChildProcess(settings.Program, arguments, [.. RegistrySettings.ChildEnvironment()], theirs));
            }
            catch
            {
                own.Dispose();
                throw;
            }
        }
    }

    /// <summary>Fetches a manifest or index; the caller checks it.</summary>
    /// <param name="reference">The repository.</param>
    /// <param name="target">A tag or a digest.</param>
    public FetchedManifest GetManifest(ImageReference reference, string target) =>
        Ask(WithTarget(reference, target), reference, NetworkOperation.GetManifest, false, w => w.Text(target), channel =>
        {
            var header = new FrameReader(channel.Expect(FrameKind.Header));
            long length = header.Number();
            string mediaType = header.Text();
            string digest = header.Text();
            byte[] bytes = ReadAll(channel, ImageFile.MaxManifestBytes);
            return bytes.Length == length ? new FetchedManifest(bytes, mediaType, digest.Length > 0 ? digest : null) : throw RequestChannel.Malformed();
        });

    /// <summary>Opens a blob. The caller owns the stream, and checks size and digest.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="offset">The first byte that is missing.</param>
    /// <param name="beginsAt">The first byte that comes: <paramref name="offset"/>, or 0 where the registry begins again.</param>
    /// <param name="total">The blob's size, as the registry says it; null where it does not.</param>
    public Stream OpenBlob(ImageReference repository, ContentDigest digest, long offset, out long beginsAt, out long? total)
    {
        string subject = $"{repository.Name}@{digest.Text}";
        ImageException Describe(RegistryException e) => Failure(subject, repository, e);
        RequestChannel? channel = null;
        try
        {
            channel = Open(repository, NetworkOperation.OpenBlob, false, w => w.Text(digest.Text).Number(offset));
            var header = new FrameReader(channel.Expect(FrameKind.Header));
            long begins = header.Number();
            long size = header.Number();
            beginsAt = begins == 0 || begins == offset ? begins : throw RequestChannel.Malformed();
            total = size >= 0 ? size : null;
            var stream = new BlobStream(channel, Describe);
            channel = null;
            return stream;
        }
        catch (Exception e) when (e is RegistryException or InvalidDataException)
        {
            throw Describe(e as RegistryException ?? RequestChannel.Malformed());
        }
        finally
        {
            channel?.Dispose();
        }
    }

    /// <summary>Whether the registry itself has a blob.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="size">Its size; −1 where the registry does not say.</param>
    public bool HasBlob(ImageReference repository, ContentDigest digest, out long size)
    {
        (bool has, long bytes) = Ask($"{repository.Name}@{digest.Text}", repository, NetworkOperation.SizeOfBlob, true, w => w.Text(digest.Text), channel =>
        {
            var header = new FrameReader(channel.Expect(FrameKind.Header));
            (bool, long) found = (header.Number() != 0, header.Number());
            channel.Expect(FrameKind.End);
            return found;
        });
        size = bytes;
        return has;
    }

    /// <summary>Has a blob of another repository of the same registry be the target's too; false where it must be uploaded.</summary>
    public bool TryMountBlob(ImageReference target, ContentDigest digest, string fromRepository) =>
        Ask($"{target.Name}@{digest.Text}", target, NetworkOperation.MountBlob, true, w => w.Text(digest.Text).Text(fromRepository), channel =>
        {
            bool mounted = new FrameReader(channel.Expect(FrameKind.Header)).Number() != 0;
            channel.Expect(FrameKind.End);
            return mounted;
        });

    /// <summary>Uploads a blob.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">The content's digest.</param>
    /// <param name="content">The content, from where it stands. What a lost connection took along is read again where it can seek.</param>
    /// <param name="length">Its length in bytes.</param>
    public void UploadBlob(ImageReference repository, ContentDigest digest, Stream content, long length) =>
        Ask($"{repository.Name}@{digest.Text}", repository, NetworkOperation.UploadBlob, true, w => w.Text(digest.Text).Number(length), channel =>
        {
            new UploadPump(content, length).Run(channel);
            return true;
        });

    /// <summary>Puts a manifest or index under a tag or its digest.</summary>
    public void PutManifest(ImageReference repository, string target, byte[] bytes, string mediaType) =>
        Ask(WithTarget(repository, target), repository, NetworkOperation.PutManifest, true, w => w.Text(target).Bytes(bytes).Text(mediaType), channel => channel.Expect(FrameKind.End));

    /// <summary>All tags of a repository.</summary>
    public IReadOnlyList<string> ListTags(ImageReference repository) =>
        Ask(repository.Name, repository, NetworkOperation.ListTags, false, _ => { }, channel =>
        {
            string all = Encoding.UTF8.GetString(ReadAll(channel, 16 << 20));
            string[] tags = all.Length == 0 ? [] : all.Split('\n');
            return tags.All(ImageReference.IsTag) ? tags : throw new RegistryException(FailureKind.Protocol, "the registry lists tags that are none");
        });

    /// <summary>Asks a registry whether credentials are good.</summary>
    /// <param name="host">The registry, <c>HOST[:PORT]</c>.</param>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    public void CheckLogin(string host, string user, string password)
    {
        try
        {
            using RequestChannel channel = Request(NetworkOperation.CheckLogin, w => w.Endpoints([_settings.ForLogin(host, user, password)]).Text(""));
            channel.Expect(FrameKind.End);
        }
        catch (RegistryException e)
        {
            throw new ImageException($"{RegistryText.Safe(host, 255)}: {(e.Kind == FailureKind.Unauthorized ? $"it does not take this user and password ({e.Message})" : e.Message)}", e);
        }
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        _control.Dispose();
        _child.Dispose();
    }

    private static string WithTarget(ImageReference reference, string target) => $"{reference.Name}{(target.Contains(':', StringComparison.Ordinal) ? '@' : ':')}{target}";

    private static byte[] ReadAll(RequestChannel channel, int limit)
    {
        using var all = new MemoryStream();
        while (true)
        {
            int length = channel.Next(out FrameKind kind);
            if (kind == FrameKind.End)
            {
                return all.ToArray();
            }

            if (kind != FrameKind.Data || all.Length + length > limit)
            {
                throw RequestChannel.Malformed();
            }

            all.Write(channel.Payload(length));
        }
    }

    private T Ask<T>(string subject, ImageReference repository, NetworkOperation operation, bool pushes, Action<FrameWriter> arguments, Func<RequestChannel, T> answer)
    {
        try
        {
            using RequestChannel channel = Open(repository, operation, pushes, arguments);
            return answer(channel);
        }
        catch (Exception e) when (e is RegistryException or InvalidDataException)
        {
            throw Failure(subject, repository, e as RegistryException ?? RequestChannel.Malformed());
        }
    }

    private RequestChannel Open(ImageReference repository, NetworkOperation operation, bool pushes, Action<FrameWriter> arguments) =>
        Request(operation, writer => arguments(writer.Endpoints(_settings.EndpointsOf(repository, pushes)).Text(repository.Repository)));

    private RequestChannel Request(NetworkOperation operation, Action<FrameWriter> arguments)
    {
        EnsureReady();
        return Send(operation, arguments);
    }

    private void EnsureReady()
    {
        lock (_readying)
        {
            // It says so once: who asks later hears the same.
            if (_unready is not null)
            {
                throw new RegistryException(_unready.Kind, _unready.Message);
            }

            if (!_ready)
            {
                _unready = WaitUntilConfined();
                _ready = _unready is null ? true : throw _unready;
                using RequestChannel channel = Send(NetworkOperation.Configure, w => OptionsFrame.Write(w, _settings.Options));
                channel.Expect(FrameKind.End);
            }
        }
    }

    private RegistryException? WaitUntilConfined()
    {
        byte[] message = new byte[4096];
        return Sys.TryReceive(_control.Number, message, out int length) != Errno.OK || length == 0 ? Ended()
            : message[0] == NetworkMain.Ready ? null
            : new RegistryException(FailureKind.Other, $"the network process cannot be confined: {RegistryText.Safe(Encoding.UTF8.GetString(message.AsSpan(1, length - 1)))}");
    }

    private RequestChannel Send(NetworkOperation operation, Action<FrameWriter> arguments)
    {
        var payload = new FrameWriter(operation);
        arguments(payload);
        (Fd own, Fd theirs) = Sys.SocketPair(Abi.SOCK_STREAM);
        var channel = new RequestChannel(own, Ended);
        using (theirs)
        {
            if (Sys.TrySendFd(_control.Number, [1], theirs.Number) != Errno.OK)
            {
                channel.Dispose();
                throw Ended();
            }
        }

        try
        {
            channel.Send(FrameKind.Request, payload.Written);
            return channel;
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    private RegistryException Ended() => new(FailureKind.Other, $"the network process ended before it answered ({_child.WaitForEnd() ?? "it closed its socket"})");

    private ImageException Failure(string subject, ImageReference repository, RegistryException e)
    {
        string message = $"{subject}: {e.Message}";
        return new ImageException(e.Kind switch
        {
            FailureKind.Unauthorized when _settings.HasCredential(repository) => $"{message}: it does not take the credentials that are stored: cctl login {repository.Host}",
            FailureKind.Unauthorized => $"{message}: it is not there, or not for everybody: cctl login {repository.Host}",
            FailureKind.Denied when !_settings.HasCredential(repository) => $"{message}: cctl login {repository.Host}",
            _ => message,
        }, e);
    }
}
