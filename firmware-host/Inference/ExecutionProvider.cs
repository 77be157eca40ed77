namespace Edge.Inference;

/// <summary>Where ONNX Runtime computes.</summary>
public enum ExecutionProvider
{
    /// <summary>NVIDIA TensorRT.</summary>
    TensorRt,

    /// <summary>NVIDIA CUDA.</summary>
    Cuda,

    /// <summary>The processor.</summary>
    Cpu,
}

/// <summary>Which providers a package wants, best first.</summary>
/// <param name="Prefer">Tried in this order; what the first cannot compute goes to the next. Without <see cref="ExecutionProvider.Cpu"/> nothing may run on the processor.</param>
/// <param name="Require">The first of <paramref name="Prefer"/> must work; falling back is an error.</param>
/// <param name="Options">Options of TensorRT and CUDA as ONNX Runtime names them, e.g. <c>trt_builder_optimization_level</c>.</param>
/// <param name="HalfPrecision">TensorRT may compute in 16-bit floating point.</param>
public sealed record ProviderPreference(
    IReadOnlyList<ExecutionProvider> Prefer,
    bool Require,
    IReadOnlyDictionary<ExecutionProvider, IReadOnlyDictionary<string, string>> Options,
    bool HalfPrecision = true)
{
    /// <summary>A choice as a robot file writes it: <c>tensorrt,cuda,cpu</c>, or <c>require tensorrt,cpu</c>.</summary>
    public const string ChoicePattern = "^(require )?(tensorrt|cuda|cpu)(,(tensorrt|cuda|cpu)){0,2}$";

    private const string RequirePrefix = "require ";
    private const int MaxOptions = 64;
    private const int MaxOptionLength = 4096;

    private static readonly string[] Names = ["tensorrt", "cuda", "cpu"];

    /// <summary>Options that say where engines lie and whether they are kept: they are this program's, since it must know.</summary>
    private static readonly string[] OwnOptions =
        ["trt_engine_cache_enable", "trt_engine_cache_path", "trt_timing_cache_enable", "trt_timing_cache_path", "trt_fp16_enable", "trt_cuda_graph_enable"];

    /// <summary>The processor only.</summary>
    public static ProviderPreference CpuOnly { get; } =
        new([ExecutionProvider.Cpu], false, new Dictionary<ExecutionProvider, IReadOnlyDictionary<string, string>>());

    /// <summary>The name of a provider in files: tensorrt, cuda, cpu.</summary>
    public static string NameOf(ExecutionProvider provider) => Names[(int)provider];

    /// <summary>The options for one provider; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> OptionsOf(ExecutionProvider provider) =>
        Options.TryGetValue(provider, out var options) ? options : new Dictionary<string, string>();

    /// <summary>Another choice with the same options, as <see cref="ChoicePattern"/> has it; null keeps this one.</summary>
    /// <exception cref="FormatException">It is none; the message says what is allowed.</exception>
    public ProviderPreference Choose(string? choice)
    {
        if (choice is null)
            return this;
        if (!IsChoice(choice))
            throw new FormatException($"found \"{choice}\", allowed tensorrt, cuda, cpu, a list of them, or such a list after \"require \"");
        var require = choice.StartsWith(RequirePrefix, StringComparison.Ordinal);
        return this with { Require = require, Prefer = [.. choice[(require ? RequirePrefix.Length : 0)..].Split(',').Select(ProviderOf).Distinct()] };
    }

    /// <summary>True when the text is a choice: what <see cref="ChoicePattern"/> says.</summary>
    public static bool IsChoice(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var list = text.StartsWith(RequirePrefix, StringComparison.Ordinal) ? text[RequirePrefix.Length..] : text;
        var names = list.Split(',');
        return names.Length <= Names.Length && names.All(Names.Contains);
    }

    /// <summary>
    /// Reads <c>{"prefer": ["tensorrt", "cuda", "cpu"], "require": false, "precision": "fp16", "options": {"tensorrt": {"trt_auxiliary_streams": "0"}}}</c>;
    /// all but prefer may be missing.
    /// </summary>
    public static ProviderPreference Parse(JsonField field)
    {
        var prefer = new List<ExecutionProvider>();
        var preferField = field["prefer"];
        foreach (var item in preferField.Items(Names.Length))
        {
            var provider = ProviderOf(item.AsChoice(Names));
            if (prefer.Contains(provider))
                throw item.Wrong("each provider once");
            prefer.Add(provider);
        }

        if (prefer.Count == 0)
            throw preferField.Wrong("at least one of " + string.Join(", ", Names));

        var options = new Dictionary<ExecutionProvider, IReadOnlyDictionary<string, string>>();
        if (field.TryGet("options", out var optionsField))
        {
            foreach (var (name, values) in optionsField.Properties(Names.Length))
            {
                if (name is not ("tensorrt" or "cuda"))
                    throw new ModelException($"{values.Path}: found options for {name}, allowed tensorrt, cuda");
                options[ProviderOf(name)] = values.Properties(MaxOptions).ToDictionary(p => p.Key, p => OptionOf(p.Key, p.Value));
            }
        }

        return new ProviderPreference(
            prefer,
            field.TryGet("require", out var require) && require.AsBool(),
            options,
            !field.TryGet("precision", out var precision) || precision.AsChoice("fp16", "fp32") == "fp16");
    }

    private static string OptionOf(string key, JsonField value) =>
        OwnOptions.Contains(key)
            ? throw new ModelException($"{value.Path}: set by the controller{(key == "trt_fp16_enable" ? "; write provider.precision" : "")}")
            : value.AsString(MaxOptionLength, allowEmpty: true);

    private static ExecutionProvider ProviderOf(string name) => (ExecutionProvider)Array.IndexOf(Names, name);
}
