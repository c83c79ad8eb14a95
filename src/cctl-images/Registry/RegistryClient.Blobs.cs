using System.Net;
using System.Net.Http;
using OciSpec.Image;

namespace CctlImages.Registry;

internal sealed partial class RegistryClient
{
    /// <summary>Opens a blob for reading from an offset. The caller owns the download.</summary>
    /// <exception cref="RegistryException">Nobody has it.</exception>
    public Task<BlobDownload> OpenBlobAsync(IReadOnlyList<Endpoint> endpoints, string repository, ContentDigest digest, long offset, CancellationToken cancellation) =>
        BlobDownload.OpenAsync(this, endpoints, repository, digest, offset, cancellation);

    /// <summary>The size of a blob that the registry has; null where it does not have it. −1 where the registry does not say.</summary>
    public async Task<long?> SizeOfBlobAsync(Endpoint endpoint, string repository, ContentDigest digest, CancellationToken cancellation)
    {
        EndpointConnection connection = Connection(endpoint);
        string name = endpoint.Repository(repository);
        Uri uri = await connection.UrlAsync($"{name}/blobs/{digest.Text}", cancellation).ConfigureAwait(false);
        using HttpResponseMessage response = await connection.SendAsync(new OutgoingRequest(HttpMethod.Head, uri) { Scopes = [Pull(name)] }, cancellation).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => response.Content.Headers.ContentLength ?? -1,
            HttpStatusCode.NotFound => null,
            _ => throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>Sends one GET for a blob's bytes from an offset on. The caller owns the answer, of any status but 401.</summary>
    internal async Task<HttpResponseMessage> RequestBlobAsync(Endpoint endpoint, string repository, ContentDigest digest, long offset, CancellationToken cancellation)
    {
        EndpointConnection connection = Connection(endpoint);
        string name = endpoint.Repository(repository);
        Uri uri = await connection.UrlAsync($"{name}/blobs/{digest.Text}", cancellation).ConfigureAwait(false);
        return await connection.SendAsync(
            new OutgoingRequest(HttpMethod.Get, uri) { From = offset > 0 ? offset : null, Scopes = [Pull(name)] }, cancellation).ConfigureAwait(false);
    }
}
