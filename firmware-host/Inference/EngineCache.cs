using System.Text.Json;
using System.Text.Json.Serialization;

namespace Edge.Inference;

/// <summary>
/// Engines that <c>edge models build</c> made ahead of time: a folder for each <see cref="EngineKey"/> with TensorRT's files and a stamp, which is written last.
/// Nothing is ever built while the controller starts: that takes minutes, silently.
/// </summary>
/// <param name="root">Folder of the folders.</param>
public sealed class EngineCache(string root)
{
    /// <summary>Environment variable with the folder.</summary>
    public const string RootVariable = "EDGE_ENGINES";

    private const string DefaultRoot = "/var/cache/edge/engines";
    private const string StampName = "engine.json";
    private const string TimingName = "timing";
    private const long MaxStampBytes = 1 << 20;

    /// <summary>The cache of this machine: <see cref="RootVariable"/>, else /var/cache/edge/engines.</summary>
    public static EngineCache Default => new(Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } folder ? folder : DefaultRoot);

    /// <summary>Folder of the folders.</summary>
    public string Root => root;

    /// <summary>Where the engines of a key lie, whether there are any or not.</summary>
    public string FolderOf(EngineKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Path.Combine(root, key.FolderName);
    }

    /// <summary>Timing caches, which every build on this machine shares: the files' names carry the compute capability.</summary>
    public string TimingFolderOf(EngineKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Path.Combine(root, TimingName, $"tensorrt-{key.Platform.TensorRt}");
    }

    /// <summary>The stamp of a key's engines. Null: there are none, or files changed since; <paramref name="reason"/> says which and what to do.</summary>
    public EngineStamp? Find(EngineKey key, out string reason)
    {
        ArgumentNullException.ThrowIfNull(key);
        var folder = FolderOf(key);
        var stamp = Read(folder);
        reason = stamp is null
            ? $"no engine of {key.Graph} for {key.Platform.Device}, TensorRT {key.Platform.TensorRt}, ONNX Runtime {key.Platform.OnnxRuntime} in {root}: run 'edge models build'"
            : stamp.Key != key || !stamp.Files.OrderBy(f => f.Key, StringComparer.Ordinal).SequenceEqual(FilesIn(folder).OrderBy(f => f.Key, StringComparer.Ordinal))
                ? $"the engine in {folder} is not the one that was built: run 'edge models build'"
                : "";
        return reason.Length == 0 ? stamp : null;
    }

    /// <summary>Removes a key's engines, and makes its empty folder.</summary>
    public void Clear(EngineKey key)
    {
        var folder = FolderOf(key);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(TimingFolderOf(key));
    }

    /// <summary>Declares a key's folder complete: its files now are those that later starts expect.</summary>
    public EngineStamp Seal(EngineKey key, bool usable, bool cudaGraph, string reason, double seconds)
    {
        var folder = FolderOf(key);
        var stamp = new EngineStamp(key, usable, cudaGraph, reason, Math.Round(seconds, 1), FilesIn(folder));
        var path = Path.Combine(folder, StampName);
        File.WriteAllText(path + ".part", JsonSerializer.Serialize(stamp, EngineJson.Default.EngineStamp));
        File.Move(path + ".part", path, overwrite: true);
        return stamp;
    }

    /// <summary>Every stamp in the cache.</summary>
    public IEnumerable<EngineStamp> All() =>
        Directory.Exists(root) ? Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal).Select(Read).OfType<EngineStamp>() : [];

    private static SortedDictionary<string, long> FilesIn(string folder) => new(
        Directory.EnumerateFiles(folder).Where(f => Path.GetFileName(f) != StampName).ToDictionary(f => Path.GetFileName(f), f => new FileInfo(f).Length),
        StringComparer.Ordinal);

    private static EngineStamp? Read(string folder)
    {
        var path = Path.Combine(folder, StampName);
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= MaxStampBytes
                && JsonSerializer.Deserialize(File.ReadAllText(path), EngineJson.Default.EngineStamp) is { Key.Platform: not null, Files: not null } stamp
                ? stamp
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // not a stamp: the same as none
        }
    }
}

/// <summary>What a build left.</summary>
/// <param name="Key">What it was built for.</param>
/// <param name="Usable">False: TensorRT cannot or must not run this graph; <paramref name="Reason"/> says why, and the next provider is used.</param>
/// <param name="CudaGraph">The whole run is replayed as one CUDA graph: it was tried and gave the right results.</param>
/// <param name="Reason">Why not usable; empty otherwise.</param>
/// <param name="BuildSeconds">How long it took.</param>
/// <param name="Files">Names and sizes in bytes of the engines.</param>
public sealed record EngineStamp(EngineKey Key, bool Usable, bool CudaGraph, string Reason, double BuildSeconds, SortedDictionary<string, long> Files);

/// <summary>JSON of the stamps, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EngineStamp))]
internal sealed partial class EngineJson : JsonSerializerContext;
