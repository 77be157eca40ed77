using System.Security.Cryptography;
using System.Text;

namespace Edge.Inference;

/// <summary>Everything that a TensorRT engine depends on. Where one of these differs, the engine is another one.</summary>
/// <param name="Graph">File name of the graph without its ending; only for people.</param>
/// <param name="Sha256">Hash of the graph and of its weights.</param>
/// <param name="Platform">GPU and library versions.</param>
/// <param name="Precision">"fp16" or "fp32".</param>
/// <param name="Options">TensorRT's other options, sorted, <c>key=value</c> joined by ';'.</param>
public sealed record EngineKey(string Graph, string Sha256, TensorRtPlatform Platform, string Precision, string Options)
{
    private const int IdDigits = 16;

    /// <summary>Folder name: the graph's name, and a hash of everything else.</summary>
    public string FolderName
    {
        get
        {
            var all = string.Join('\n', Sha256, Platform.Device, Platform.ComputeCapability, Platform.TensorRt, Platform.OnnxRuntime, Precision, Options);
            return $"{Graph}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..IdDigits]}";
        }
    }

    /// <summary>The key of a graph under a preference on a machine.</summary>
    public static EngineKey Of(GraphFile graph, ProviderPreference preference, TensorRtPlatform platform)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(preference);
        var options = preference.OptionsOf(ExecutionProvider.TensorRt).OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key}={o.Value}");
        return new(Path.GetFileNameWithoutExtension(graph.Path), graph.Sha256, platform, preference.HalfPrecision ? "fp16" : "fp32", string.Join(';', options));
    }
}

/// <summary>A graph of a package.</summary>
/// <param name="Path">The file; external weights lie beside it.</param>
/// <param name="Sha256">Hash of it and of its weights.</param>
public sealed record GraphFile(string Path, string Sha256);
