namespace OciSpec;

/// <summary>A row of the table of every property that is read and written, <c>JsonDocuments.Properties()</c>.</summary>
/// <param name="Document">Class of the document.</param>
/// <param name="Name">Name of the property in the file.</param>
/// <param name="Type">Its type: <c>string</c>, <c>uint32</c>, <c>Mount[]</c>, <c>LinuxRdma{}</c> (map from string), <c>any</c> …</param>
public sealed record DocumentProperty(string Document, string Name, string Type);
