namespace CctlImages.Network;

/// <summary>What a frame between the two processes is.</summary>
internal enum FrameKind : byte
{
    /// <summary>Parent: a <see cref="NetworkOperation"/> and its arguments. The first on each socket.</summary>
    Request = 1,

    /// <summary>Either: bytes of a blob, a manifest or a list.</summary>
    Data = 2,

    /// <summary>Child: what is known before the data.</summary>
    Header = 3,

    /// <summary>Child: it is done.</summary>
    End = 4,

    /// <summary>Child: it failed; a <see cref="Registry.FailureKind"/> and a message. Parent: an upload's bytes cannot be had.</summary>
    Failure = 5,

    /// <summary>Child: which bytes of an upload it wants, an offset and a length.</summary>
    Want = 6,
}

/// <summary>What the child can be asked for.</summary>
internal enum NetworkOperation : byte
{
    /// <summary>Take the options; once, first.</summary>
    Configure = 1,

    /// <summary>A manifest.</summary>
    GetManifest,

    /// <summary>A blob from an offset on.</summary>
    OpenBlob,

    /// <summary>A blob's size.</summary>
    SizeOfBlob,

    /// <summary>A blob of another repository.</summary>
    MountBlob,

    /// <summary>A blob to the registry.</summary>
    UploadBlob,

    /// <summary>A manifest to the registry.</summary>
    PutManifest,

    /// <summary>All tags.</summary>
    ListTags,

    /// <summary>Whether credentials are good.</summary>
    CheckLogin,
}
