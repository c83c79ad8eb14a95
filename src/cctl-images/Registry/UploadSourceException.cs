namespace CctlImages.Registry;

/// <summary>What is uploaded could not be read: no fault of the registry's, and nothing to try again.</summary>
internal sealed class UploadSourceException(string message) : Exception(message);
