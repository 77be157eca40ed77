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
/// <param name="Options">Options of TensorRT and CUDA as ONNX Runtime names them, e.g. <c>trt_fp16_enable</c>.</param>
public sealed record ProviderPreference(
    IReadOnlyList<ExecutionProvider> Prefer,
    bool Require,
    IReadOnlyDictionary<ExecutionProvider, IReadOnlyDictionary<string, string>> Options)
{
    private const int MaxOptions = 64;
    private const int MaxOptionLength = 4096;

    private static readonly string[] Names = ["tensorrt", "cuda", "cpu"];

    /// <summary>The processor only.</summary>
    public static ProviderPreference CpuOnly { get; } =
        new([ExecutionProvider.Cpu], false, new Dictionary<ExecutionProvider, IReadOnlyDictionary<string, string>>());

    /// <summary>The name of a provider in files: tensorrt, cuda, cpu.</summary>
    public static string NameOf(ExecutionProvider provider) => Names[(int)provider];

    /// <summary>Reads <c>{"prefer": ["tensorrt", "cuda", "cpu"], "require": false, "options": {"tensorrt": {"trt_fp16_enable": "1"}}}</c>; all but prefer may be missing.</summary>
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
                options[ProviderOf(name)] = values.Properties(MaxOptions).ToDictionary(p => p.Key, p => p.Value.AsString(MaxOptionLength, allowEmpty: true));
            }
        }

        return new ProviderPreference(prefer, field.TryGet("require", out var require) && require.AsBool(), options);
    }

    private static ExecutionProvider ProviderOf(string name) => (ExecutionProvider)Array.IndexOf(Names, name);
}
