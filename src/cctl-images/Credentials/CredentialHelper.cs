using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using CctlImages.Registry;
using OciSpec;
using Runtime.Images;

namespace CctlImages.Credentials;

/// <summary>A program <c>docker-credential-NAME</c> that keeps credentials (docker-credential-helpers' protocol).</summary>
internal static class CredentialHelper
{
    private const int LargestAnswer = 1 << 20;
    private const string TokenUser = "<token>";

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    /// <summary>What the helper has for a server; null where it has nothing.</summary>
    /// <param name="name">The helper's name, as a file gives it.</param>
    /// <param name="server">The server.</param>
    /// <param name="file">The file that names it, for messages.</param>
    /// <param name="searchPath">Where programs are, as PATH has it.</param>
    /// <exception cref="ImageException">It is not there, or fails.</exception>
    public static Credential? Get(string name, string server, string file, string searchPath)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            throw new ImageException($"{RegistryText.Safe(file)}: {RegistryText.Quote(name)} is not the name of a credential helper");
        }

        string program = "docker-credential-" + name;
        string? found = searchPath.Split(':').Where(d => d.StartsWith('/')).Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
        (int status, byte[] answer, string said) = Run(found ?? throw NotRun(program, file, null), program, server, file);
        if (status != 0)
        {
            string text = Encoding.UTF8.GetString(answer).Trim();
            text = text.Length > 0 ? text : said.Trim();
            return text.Contains("credentials not found", StringComparison.OrdinalIgnoreCase)
                ? null
                : throw new ImageException($"{program} get, for {RegistryText.Safe(server, 255)}: exit status {status}{(text.Length > 0 ? ": " + RegistryText.Safe(text, 300) : "")}");
        }

        return Parse(answer, program);
    }

    /// <summary>Reads a helper's answer.</summary>
    /// <exception cref="ImageException">It is malformed.</exception>
    public static Credential? Parse(ReadOnlySpan<byte> answer, string program)
    {
        try
        {
            HelperAnswer read = JsonInput.Parse(answer, JsonDocuments.ReadHelperAnswer);
            string user = read.Username ?? "";
            string secret = read.Secret ?? "";
            return user == TokenUser ? new Credential("", "", secret) : user.Length + secret.Length > 0 ? new Credential(user, secret) : null;
        }
        catch (ConfigException e)
        {
            throw new ImageException($"{program}'s answer: {RegistryText.Safe(e.Message)}", e);
        }
    }

    private static (int Status, byte[] Answer, string Errors) Run(string path, string program, string server, string file)
    {
        var start = new ProcessStartInfo(path, ["get"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw NotRun(program, file, e);
        }

        using var late = new CancellationTokenSource(s_longest);
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(late.Token);
            try
            {
                process.StandardInput.Write(server);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It did not want to know: its status says why.
            }

            byte[] answer = ReadAsync(process.StandardOutput.BaseStream, late.Token).GetAwaiter().GetResult();
            string said = errors.GetAwaiter().GetResult();
            process.WaitForExitAsync(late.Token).GetAwaiter().GetResult();
            return answer.Length > LargestAnswer ? throw new ImageException($"{program} answers with more than {LargestAnswer} bytes") : (process.ExitCode, answer, said);
        }
        catch (OperationCanceledException e)
        {
            throw new ImageException($"{program} did not answer within {s_longest.TotalSeconds:F0} s", e);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static ImageException NotRun(string program, string file, Exception? cause)
    {
        string message = $"{program}, which {RegistryText.Safe(file)} names, cannot be run: install it, or take its line out";
        return cause is null ? new ImageException(message) : new ImageException(message, cause);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[LargestAnswer + 1];
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return buffer[..length];
    }
}
