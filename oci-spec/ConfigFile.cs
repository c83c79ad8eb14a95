namespace OciSpec;

/// <summary>
/// Reads and writes the runtime specification's documents. Reading checks the form only (types, ranges, no property
/// twice); what the values may be is <see cref="ConfigValidator"/>'s. Unknown properties are skipped, JSON null is absent.
/// Nothing here opens a file. Errors are <see cref="ConfigException"/>; files over <see cref="JsonInput.MaxBytes"/>
/// (16 MiB) or nested deeper than <see cref="JsonInput.MaxDepth"/> are refused.
/// </summary>
public static class ConfigFile
{
    /// <summary>Reads a bundle's config.json.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static RuntimeConfig Parse(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadRuntimeConfig);

    /// <summary>Reads a bundle's config.json, and tells which unknown properties are known ones misspelt.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static RuntimeConfig Parse(ReadOnlySpan<byte> utf8, out IReadOnlyList<ConfigProblem> misspelt) => JsonInput.Parse(utf8, JsonDocuments.ReadRuntimeConfig, out misspelt);

    /// <summary>Reads a process alone, the file of <c>exec --process</c>, and tells which unknown properties are known ones misspelt.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static ProcessSpec ParseProcess(ReadOnlySpan<byte> utf8, out IReadOnlyList<ConfigProblem> misspelt) => JsonInput.Parse(utf8, JsonDocuments.ReadProcessSpec, out misspelt);

    /// <summary>Reads resources alone, the file of <c>update --resources</c>, and tells which unknown properties are known ones misspelt.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static LinuxResources ParseResources(ReadOnlySpan<byte> utf8, out IReadOnlyList<ConfigProblem> misspelt) => JsonInput.Parse(utf8, JsonDocuments.ReadLinuxResources, out misspelt);

    /// <summary>Reads a process alone, the file of <c>exec --process</c>.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static ProcessSpec ParseProcess(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadProcessSpec);

    /// <summary>Reads resources alone, the file of <c>update --resources</c>.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static LinuxResources ParseResources(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadLinuxResources);

    /// <summary>Reads a container's state.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static ContainerState ParseState(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadContainerState);

    /// <summary>Reads what a seccomp agent gets.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static ContainerProcessState ParseProcessState(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadContainerProcessState);

    /// <summary>Reads a runtime's features.</summary>
    /// <exception cref="ConfigException">Malformed, or a value does not fit its property.</exception>
    public static Features ParseFeatures(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadFeatures);

    /// <summary>Writes a config as UTF-8, null properties left out; indented with tabs, or on one line.</summary>
    public static byte[] Write(RuntimeConfig value, bool indented = false) => JsonOutput.Write(value, JsonDocuments.WriteRuntimeConfig, indented);

    /// <summary>Writes a process as UTF-8, null properties left out; indented with tabs, or on one line.</summary>
    public static byte[] Write(ProcessSpec value, bool indented = false) => JsonOutput.Write(value, JsonDocuments.WriteProcessSpec, indented);

    /// <summary>Writes resources as UTF-8, null properties left out; indented with tabs, or on one line.</summary>
    public static byte[] Write(LinuxResources value, bool indented = false) => JsonOutput.Write(value, JsonDocuments.WriteLinuxResources, indented);

    /// <summary>Writes a state as UTF-8, null properties left out; indented with tabs, or on one line.</summary>
    public static byte[] Write(ContainerState value, bool indented = false) => JsonOutput.Write(value, JsonDocuments.WriteContainerState, indented);

    /// <summary>Writes a seccomp agent's document as UTF-8, null properties left out; indented with tabs, or on one line.</summary>
    public static byte[] Write(ContainerProcessState value, bool indented = false) => JsonOutput.Write(value, JsonDocuments.WriteContainerProcessState, indented);

    /// <summary>Writes features as UTF-8, null properties left out; indented with tabs, or on one line.</summary>
    public static byte[] Write(Features value, bool indented = false) => JsonOutput.Write(value, JsonDocuments.WriteFeatures, indented);
}
