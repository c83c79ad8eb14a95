using System.Buffers;
using System.Net.Sockets;
using System.Text;
using CctlImages.Registry;
using OciSpec.Image;

namespace CctlImages.Network;

/// <summary>The child's side: carries out one request for each socket, as many at once as the parent has.</summary>
internal sealed class RequestServer : IDisposable
{
    private readonly TaskCompletionSource<RegistryClient> _client = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Serves one socket to its end, and closes it. When the parent closes its side, what is under way ends.</summary>
    public async Task ServeAsync(NetworkStream socket)
    {
        await using (socket.ConfigureAwait(false))
        {
            using var channel = new FrameChannel(socket);
            try
            {
                (FrameKind kind, byte[] payload) = await channel.ReceiveAsync(Frame.LargestRequest).ConfigureAwait(false);
                if (kind == FrameKind.Request && payload.Length > 0)
                {
                    if ((NetworkOperation)payload[0] != NetworkOperation.UploadBlob)
                    {
                        _ = channel.WatchAsync();
                    }

                    await AnswerAsync(channel, (NetworkOperation)payload[0], payload.AsMemory(1)).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidDataException or OperationCanceledException)
            {
                // The parent has no use for it any more.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.Task.IsCompletedSuccessfully)
        {
            _client.Task.Result.Dispose();
        }
    }

    private async Task AnswerAsync(FrameChannel channel, NetworkOperation operation, ReadOnlyMemory<byte> arguments)
    {
        try
        {
            if (operation == NetworkOperation.Configure)
            {
                _client.TrySetResult(new RegistryClient(OptionsFrame.Read(arguments.Span)));
            }
            else
            {
                await CarryOutAsync(channel, await _client.Task.ConfigureAwait(false), operation, arguments).ConfigureAwait(false);
            }

            await channel.SendAsync(FrameKind.End, ReadOnlyMemory<byte>.Empty).ConfigureAwait(false);
        }
        catch (RegistryException e)
        {
            byte[] message = Encoding.UTF8.GetBytes(RegistryText.Safe(e.Message, 2000));
            await channel.SendAsync(FrameKind.Failure, (byte[])[(byte)e.Kind, .. message]).ConfigureAwait(false);
        }
        catch (UploadSourceException)
        {
            // The parent knows why.
        }
    }

    private static Task CarryOutAsync(FrameChannel channel, RegistryClient client, NetworkOperation operation, ReadOnlyMemory<byte> arguments)
    {
        var reader = new FrameReader(arguments.Span);
        Endpoint[] endpoints = reader.Endpoints();
        string repository = reader.Text();
        switch (operation)
        {
            case NetworkOperation.GetManifest:
                return GetManifestAsync(channel, client, endpoints, repository, reader.Text());
            case NetworkOperation.OpenBlob:
                return OpenBlobAsync(channel, client, endpoints, repository, ContentDigest.Parse(reader.Text()), reader.Number());
            case NetworkOperation.SizeOfBlob:
                return SizeOfBlobAsync(channel, client, endpoints[0], repository, ContentDigest.Parse(reader.Text()));
            case NetworkOperation.MountBlob:
                return MountBlobAsync(channel, client, endpoints[0], repository, ContentDigest.Parse(reader.Text()), reader.Text());
            case NetworkOperation.UploadBlob:
                return client.UploadBlobAsync(endpoints[0], repository, ContentDigest.Parse(reader.Text()), new ChannelUploadSource(channel, reader.Number()), channel.Closed);
            case NetworkOperation.PutManifest:
                return client.PutManifestAsync(endpoints[0], repository, reader.Text(), reader.Bytes().ToArray(), reader.Text(), channel.Closed);
            case NetworkOperation.ListTags:
                return ListTagsAsync(channel, client, endpoints, repository);
            case NetworkOperation.CheckLogin:
                return client.CheckLoginAsync(endpoints[0], channel.Closed);
            default:
                throw new RegistryException(FailureKind.Other, $"unknown operation {(byte)operation}");
        }
    }

    private static async Task GetManifestAsync(FrameChannel channel, RegistryClient client, Endpoint[] endpoints, string repository, string target)
    {
        FetchedManifest manifest = await client.GetManifestAsync(endpoints, repository, target, channel.Closed).ConfigureAwait(false);
        await channel.SendAsync(FrameKind.Header, new FrameWriter().Number(manifest.Bytes.Length).Text(manifest.MediaType).Text(manifest.DockerContentDigest ?? "")).ConfigureAwait(false);
        await channel.SendDataAsync(manifest.Bytes).ConfigureAwait(false);
    }

    private static async Task OpenBlobAsync(FrameChannel channel, RegistryClient client, Endpoint[] endpoints, string repository, ContentDigest digest, long offset)
    {
        BlobDownload download = await client.OpenBlobAsync(endpoints, repository, digest, offset, channel.Closed).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Frame.HeaderSize + Frame.LargestAnswer);
        await using (download.ConfigureAwait(false))
        {
            await channel.SendAsync(FrameKind.Header, new FrameWriter().Number(download.BeginsAt).Number(download.Total ?? -1)).ConfigureAwait(false);
            int read;
            while ((read = await download.ReadAsync(buffer.AsMemory(Frame.HeaderSize, Frame.LargestAnswer), channel.Closed).ConfigureAwait(false)) > 0)
            {
                await channel.SendInPlaceAsync(FrameKind.Data, buffer.AsMemory(0, Frame.HeaderSize + read)).ConfigureAwait(false);
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static async Task SizeOfBlobAsync(FrameChannel channel, RegistryClient client, Endpoint endpoint, string repository, ContentDigest digest)
    {
        long? size = await client.SizeOfBlobAsync(endpoint, repository, digest, channel.Closed).ConfigureAwait(false);
        await channel.SendAsync(FrameKind.Header, new FrameWriter().Number(size is null ? 0 : 1).Number(size ?? 0)).ConfigureAwait(false);
    }

    private static async Task MountBlobAsync(FrameChannel channel, RegistryClient client, Endpoint endpoint, string repository, ContentDigest digest, string from)
    {
        bool mounted = await client.TryMountBlobAsync(endpoint, repository, digest, from, channel.Closed).ConfigureAwait(false);
        await channel.SendAsync(FrameKind.Header, new FrameWriter().Number(mounted ? 1 : 0)).ConfigureAwait(false);
    }

    private static async Task ListTagsAsync(FrameChannel channel, RegistryClient client, Endpoint[] endpoints, string repository)
    {
        List<string> tags = await client.ListTagsAsync(endpoints, repository, channel.Closed).ConfigureAwait(false);
        await channel.SendDataAsync(Encoding.UTF8.GetBytes(string.Join('\n', tags))).ConfigureAwait(false);
    }
}
