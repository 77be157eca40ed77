using Edge.Inference;

namespace Edge.Planner;

/// <summary>What the loader needs from the small JSON files of a Hugging Face folder.</summary>
/// <param name="ImageToken">Id of the image placeholder.</param>
/// <param name="ImageTokens">Rows of features per picture.</param>
/// <param name="StopTokens">Ids that end an answer.</param>
/// <param name="MaxPositions">Longest sequence that the decoder knows.</param>
/// <param name="VocabularySize">Width of the logits.</param>
public sealed record VlmConfig(int ImageToken, int ImageTokens, IReadOnlyList<int> StopTokens, int MaxPositions, int VocabularySize)
{
    private const long MaxFileBytes = 1 << 20;
    private const int MaxId = 1 << 20;

    /// <summary>Reads config.json, processor_config.json and generation_config.json.</summary>
    public static VlmConfig Load(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        var config = JsonField.ReadFile(package.PathOf("config.json"), MaxFileBytes);
        config["model_type"].AsChoice("smolvlm", "idefics3");
        // Both names are in use; the older one wins where both stand.
        var imageToken = config.TryGet("image_token_index", out var index) ? index : config["image_token_id"];
        var text = config["text_config"];
        var processor = JsonField.ReadFile(package.PathOf("processor_config.json"), MaxFileBytes);
        var generation = JsonField.ReadFile(package.PathOf("generation_config.json"), MaxFileBytes);
        var stop = generation["eos_token_id"];
        JsonField[] stops = stop.Element.ValueKind == System.Text.Json.JsonValueKind.Array ? stop.Items(16) : [stop];
        if (stops.Length == 0)
            throw stop.Wrong("at least one id");
        return new VlmConfig(
            imageToken.AsInt(0, MaxId),
            processor["image_seq_len"].AsInt(1, 4096),
            [.. stops.Select(s => s.AsInt(0, MaxId))],
            text["max_position_embeddings"].AsInt(1, 1 << 20),
            text["vocab_size"].AsInt(1, MaxId));
    }
}
