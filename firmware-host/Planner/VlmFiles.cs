using Edge.Inference;

namespace Edge.Planner;

/// <summary>The graph files of a package, by the precision that the manifest asks for: <c>"dtype": "q8"</c> or one for each graph.</summary>
/// <param name="VisionEncoder">Path inside the package.</param>
/// <param name="EmbedTokens">Path inside the package.</param>
/// <param name="Decoder">Path inside the package.</param>
public sealed record VlmFiles(string VisionEncoder, string EmbedTokens, string Decoder)
{
    /// <summary>Names and file suffixes of the precisions, as transformers.js has them.</summary>
    private static readonly Dictionary<string, string> Suffixes = new(StringComparer.Ordinal)
    {
        ["fp32"] = "", ["fp16"] = "_fp16", ["q8"] = "_quantized", ["int8"] = "_int8", ["uint8"] = "_uint8", ["q4"] = "_q4", ["q4f16"] = "_q4f16", ["bnb4"] = "_bnb4",
    };

    /// <summary>Reads <c>dtype</c>: one name, or an object with a name for each graph (<c>fp32</c> for those left out).</summary>
    public static VlmFiles FromManifest(JsonField planner)
    {
        var dtype = planner["dtype"];
        return new VlmFiles(Graph("vision_encoder"), Graph("embed_tokens"), Graph("decoder_model_merged"));

        string Graph(string stem)
        {
            var choice = dtype;
            if (dtype.Element.ValueKind == System.Text.Json.JsonValueKind.Object && !dtype.TryGet(stem, out choice))
                return $"onnx/{stem}.onnx";
            return $"onnx/{stem}{Suffixes[choice.AsChoice([.. Suffixes.Keys])]}.onnx";
        }
    }
}
