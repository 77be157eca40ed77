using System.Security.Cryptography;
using System.Text;

namespace Edge.Inference;

/// <summary>
/// A folder with a model: ONNX files, whatever belongs to them, and <c>manifest.json</c>, which names them all with their SHA-256.
/// Opening checks everything that can be checked without running the model; a file that the manifest does not name is never opened.
/// </summary>
/// <example>
/// <code>
/// { "format": 1, "kind": "policy", "name": "flow-unet", "task": ["pick", "place"],
///   "files": { "denoiser.onnx": "e3b0c442..." },
///   "provider": { "prefer": ["tensorrt", "cuda", "cpu"], "require": false },
///   "policy": { ... } }
/// </code>
/// </example>
public sealed class ModelPackage
{
    /// <summary>Name of the file that describes the package.</summary>
    public const string ManifestName = "manifest.json";

    private const int Format = 1;
    private const long MaxManifestBytes = 1 << 20;
    private const long MaxFileBytes = 16L << 30;
    private const int MaxFiles = 256;
    private const int MaxTasks = 256;

    private readonly Dictionary<string, string> _sha256;

    private ModelPackage(string folder, JsonField root)
    {
        Folder = folder;
        Root = root;
        root["format"].AsInt(Format, Format);
        Kind = root["kind"].AsChoice("policy", "planner");
        Name = root["name"].AsString();
        Tasks = [.. root["task"].Items(MaxTasks).Select(t => t.AsString())];
        Provider = root.TryGet("provider", out var provider) ? ProviderPreference.Parse(provider) : ProviderPreference.CpuOnly;
        Details = root[Kind];
        Details.Properties(MaxFiles);
        _sha256 = ReadFiles(root["files"]);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>"policy" or "planner".</summary>
    public string Kind { get; }

    /// <summary>Name of the model.</summary>
    public string Name { get; }

    /// <summary>Tasks that it was trained for.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>Where it wants to run.</summary>
    public ProviderPreference Provider { get; }

    /// <summary>The whole manifest.</summary>
    public JsonField Root { get; }

    /// <summary>The part of the manifest that has the kind's name, for the kind's loader.</summary>
    public JsonField Details { get; }

    /// <summary>Names and SHA-256 (lower case) of the files.</summary>
    public IReadOnlyDictionary<string, string> Files => _sha256;

    /// <summary>Opens a package and checks its manifest and the hash of every file.</summary>
    /// <exception cref="ModelException">Something is missing or wrong.</exception>
    public static ModelPackage Open(string folder, string kind)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new ModelException($"{folder}: no such folder");
        var manifest = JsonField.ReadFile(Path.Combine(folder, ManifestName), MaxManifestBytes);
        var package = new ModelPackage(folder, manifest with { Path = Path.Combine(folder, ManifestName) + ":" });
        if (package.Kind != kind)
            throw package.Root["kind"].Wrong(kind);
        package.CheckFiles();
        return package;
    }

    /// <summary>Where it runs on this machine: the robot file's choice, else its own.</summary>
    public ProviderPreference ProviderUnder(ModelRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        return Provider.Choose(runtime.Provider);
    }

    /// <summary>A graph of the package, with the hash of it and of its external weights.</summary>
    public GraphFile Graph(string file)
    {
        var path = PathOf(file);
        var parts = _sha256.Where(f => f.Key == file || f.Key.StartsWith(file + "_data", StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value).ToArray();
        return new(path, parts.Length == 1 ? parts[0] : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(parts)))));
    }

    /// <summary>Where a file of the package lies; it must be named by the manifest, so its content is what its maker hashed.</summary>
    public string PathOf(string file) =>
        _sha256.ContainsKey(file)
            ? Path.Combine(Folder, file)
            : throw new ModelException($"{Root["files"].Path}: {file} is needed and not listed");

    private static Dictionary<string, string> ReadFiles(JsonField files)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, field) in files.Properties(MaxFiles))
        {
            if (name.Length is 0 or > 256 || Path.IsPathRooted(name) || name.Contains('\\') || name.Contains('\0') || name.Split('/').Any(part => part is "" or "." or ".."))
                throw new ModelException($"{files.Path}: found the name \"{name}\", allowed a path inside the package");
            var hash = field.AsString(64);
            if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
                throw field.Wrong("64 hexadecimal digits");
            hashes[name] = hash.ToLowerInvariant();
        }

        return hashes;
    }

    private void CheckFiles()
    {
        var files = Root["files"];
        foreach (var (name, expected) in _sha256)
        {
            var path = Path.Combine(Folder, name);
            try
            {
                using var file = File.OpenRead(path);
                if (file.Length > MaxFileBytes)
                    throw new ModelException($"{files.Path}.{name}: found {file.Length} bytes, allowed at most {MaxFileBytes}");
                var found = Convert.ToHexStringLower(SHA256.HashData(file));
                if (found != expected)
                    throw new ModelException($"{files.Path}.{name}: found SHA-256 {found}, allowed {expected}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"{files.Path}.{name}: {e.Message}", e);
            }

            // ONNX Runtime opens external weights (model.onnx_data, model.onnx_data_1, ...) by itself, so they must be listed as well.
            if (!name.EndsWith(".onnx", StringComparison.Ordinal))
                continue;
            foreach (var weights in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(name) + "_data*"))
            {
                var listed = Path.GetRelativePath(Folder, weights);
                if (!_sha256.ContainsKey(listed))
                    throw new ModelException($"{files.Path}: {listed} lies in the folder and is not listed");
            }
        }
    }
}
