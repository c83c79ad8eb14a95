using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary>The store that a request is about.</summary>
internal static class Stores
{
    /// <summary>Opens it to write; the caller owns it.</summary>
    internal static ImageStore Open(Request request) => ImageStore.Create(request.Get("store"), request.Has("user-xattrs"));
}
