using System.Globalization;
using Runtime.Images;
using Runtime.Images.References;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CctlImages.Registry;

/// <summary>Reads registries.yaml event by event: nothing in it makes types, and every error has its line and column.</summary>
internal sealed class RegistriesReader(string path, string text)
{
    private const int MostMirrors = 32;

    private readonly Parser _parser = new(new StringReader(text));

    /// <summary>Reads the file into a config.</summary>
    /// <exception cref="ImageException">It is malformed.</exception>
    public void ReadInto(RegistriesConfig config)
    {
        try
        {
            _parser.Consume<StreamStart>();
            if (_parser.TryConsume<StreamEnd>(out _))
            {
                return;
            }

            _parser.Consume<DocumentStart>();
            ReadMap(key =>
            {
                switch (key.Value)
                {
                    case "registries":
                        ReadMap(host => config.Set(HostOf(host), ReadRegistry()));
                        break;
                    case "network":
                        ReadNetwork(config);
                        break;
                    default:
                        throw Unknown(key, "registries and network");
                }
            });
            _parser.Consume<DocumentEnd>();
            if (!_parser.TryConsume<StreamEnd>(out _))
            {
                throw At(_parser.Current!.Start, "a second document: one file has one");
            }
        }
        catch (YamlException e)
        {
            throw At(e.Start, e.InnerException?.Message ?? e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // What YamlDotNet's scanner throws besides, for control characters among others.
            throw At(_parser.Current?.End ?? Mark.Empty, "what follows is not yaml");
        }
    }

    private void ReadNetwork(RegistriesConfig config) => ReadMap(key =>
    {
        switch (key.Value)
        {
            case "user":
                config.User = ReadId();
                break;
            case "group":
                config.Group = ReadId();
                break;
            default:
                throw Unknown(key, "user and group");
        }
    });

    private RegistryEntry ReadRegistry()
    {
        var entry = new RegistryEntry();
        Mark start = _parser.Current!.Start;
        ReadMap(key =>
        {
            switch (key.Value)
            {
                case "mirrors":
                    entry.Mirrors = ReadMirrors();
                    break;
                case "insecure":
                    Scalar flag = ReadScalar("true or false");
                    entry.Insecure = flag.Value switch { "true" => true, "false" => false, _ => throw At(flag.Start, $"{RegistryText.Quote(flag.Value)} is neither true nor false") };
                    break;
                case "ca":
                    entry.Ca = ReadPath();
                    break;
                case "client-cert":
                    entry.ClientCert = ReadPath();
                    break;
                case "client-key":
                    entry.ClientKey = ReadPath();
                    break;
                case "prefix":
                    Scalar prefix = ReadScalar("a path");
                    entry.Prefix = PrefixOf(prefix.Value, prefix.Start);
                    break;
                default:
                    throw Unknown(key, "mirrors, insecure, ca, client-cert, client-key and prefix");
            }
        });
        return entry.ClientCert is null == entry.ClientKey is null ? entry : throw At(start, "client-cert and client-key belong together");
    }

    private List<MirrorEntry> ReadMirrors()
    {
        if (!_parser.TryConsume<SequenceStart>(out _))
        {
            throw At(_parser.Current!.Start, "a list belongs here: - HOST");
        }

        var mirrors = new List<MirrorEntry>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            Scalar mirror = ReadScalar("HOST[:PORT][/PREFIX]");
            int slash = mirror.Value.IndexOf('/', StringComparison.Ordinal);
            string host = slash < 0 ? mirror.Value : mirror.Value[..slash];
            mirrors.Add(new MirrorEntry(CheckHost(host, mirror.Start), slash < 0 ? "" : PrefixOf(mirror.Value[(slash + 1)..], mirror.Start)));
            if (mirrors.Count > MostMirrors)
            {
                throw At(mirror.Start, $"more than {MostMirrors} mirrors");
            }
        }

        return mirrors;
    }

    private void ReadMap(Action<Scalar> read)
    {
        // Nothing behind a key is an empty map.
        if (_parser.Accept<Scalar>(out Scalar? nothing) && nothing.Value.Length == 0)
        {
            _parser.Consume<Scalar>();
            return;
        }

        if (!_parser.TryConsume<MappingStart>(out _))
        {
            throw At(_parser.Current!.Start, "keys with values belong here");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            Scalar key = ReadScalar("a key");
            if (!seen.Add(key.Value))
            {
                throw At(key.Start, $"{RegistryText.Quote(key.Value)} is a duplicate key");
            }

            read(key);
        }
    }

    private Scalar ReadScalar(string what) =>
        _parser.TryConsume<Scalar>(out Scalar? scalar) ? scalar : throw At(_parser.Current!.Start, $"{what} belongs here");

    private string ReadPath()
    {
        Scalar file = ReadScalar("a file's path");
        return file.Value.StartsWith('/') ? file.Value : throw At(file.Start, $"{RegistryText.Quote(file.Value)} is not an absolute path");
    }

    private uint ReadId()
    {
        Scalar id = ReadScalar("a number");
        return uint.TryParse(id.Value, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number is > 0 and < uint.MaxValue
            ? number
            : throw At(id.Start, $"{RegistryText.Quote(id.Value)} is not the number of an ordinary user or group");
    }

    private string HostOf(Scalar key) => CheckHost(key.Value, key.Start);

    private string CheckHost(string host, Mark at) => ImageReference.IsHostName(host) ? host : throw At(at, $"{RegistryText.Quote(host)} is not a registry's HOST[:PORT]");

    private string PrefixOf(string prefix, Mark at)
    {
        string trimmed = prefix.Trim('/');
        return trimmed.Length == 0 || ImageReference.IsRepository(trimmed) ? trimmed : throw At(at, $"{RegistryText.Quote(prefix)} is not the beginning of a repository's name");
    }

    private ImageException Unknown(Scalar key, string known) => At(key.Start, $"unknown key {RegistryText.Quote(key.Value)}: {known} are known");

    private ImageException At(Mark mark, string detail) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{RegistryText.Safe(path)}: line {mark.Line}, column {mark.Column}: {RegistryText.Safe(detail)}"));
}
