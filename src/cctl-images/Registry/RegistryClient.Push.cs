using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using OciSpec.Image;

namespace CctlImages.Registry;

internal sealed partial class RegistryClient
{
    /// <summary>Uploads a blob: at once where it is small, else in chunks that are resumed where the registry says how far it came.</summary>
    /// <exception cref="RegistryException">The registry does not take it.</exception>
    /// <exception cref="UploadSourceException">Its bytes cannot be had.</exception>
    public Task UploadBlobAsync(Endpoint endpoint, string repository, ContentDigest digest, IUploadSource source, CancellationToken cancellation) =>
        new BlobUpload(Connection(endpoint), endpoint.Repository(repository), digest, source).RunAsync(Push(endpoint.Repository(repository)), cancellation);

    /// <summary>Has a blob of another repository of the same registry be this one's too (distribution-spec, mounting).</summary>
    /// <returns>False where the registry would have it uploaded.</returns>
    public async Task<bool> TryMountBlobAsync(Endpoint endpoint, string repository, ContentDigest digest, string from, CancellationToken cancellation)
    {
        EndpointConnection connection = Connection(endpoint);
        string name = endpoint.Repository(repository);
        string source = endpoint.Repository(from);
        Uri uri = await connection.UrlAsync($"{name}/blobs/uploads/?mount={digest.Text}&from={Uri.EscapeDataString(source)}", cancellation).ConfigureAwait(false);
        var request = new OutgoingRequest(HttpMethod.Post, uri) { Scopes = [Push(name), Pull(source)], Content = BlobUpload.Empty };
        using HttpResponseMessage response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Created:
                return true;
            case HttpStatusCode.Accepted:
                await BlobUpload.AbandonAsync(connection, RedirectRules.Location(response, uri), Push(name), cancellation).ConfigureAwait(false);
                return false;
            case HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed:
                return false;
            default:
                throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a manifest or index under a tag or its digest.</summary>
    /// <exception cref="RegistryException">The registry does not take it.</exception>
    public async Task PutManifestAsync(Endpoint endpoint, string repository, string target, byte[] bytes, string mediaType, CancellationToken cancellation)
    {
        EndpointConnection connection = Connection(endpoint);
        string name = endpoint.Repository(repository);
        Uri uri = await connection.UrlAsync($"{name}/manifests/{target}", cancellation).ConfigureAwait(false);
        var request = new OutgoingRequest(HttpMethod.Put, uri)
        {
            Scopes = [Push(name)],
            Content = () => new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
        };
        using HttpResponseMessage response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.NoContent))
        {
            throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
        }
    }
}
