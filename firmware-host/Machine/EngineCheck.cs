using Edge.Inference;

namespace Edge.Machine;

/// <summary>Whether the TensorRT engines of a package are built, where it wants to compute there.</summary>
/// <param name="kind">"planner" or "policy".</param>
/// <param name="package">Opens the package, once.</param>
/// <param name="graphs">The graphs that are computed.</param>
/// <param name="runtime">How this machine runs models.</param>
public sealed class EngineCheck(string kind, Lazy<ModelPackage> package, Func<ModelPackage, IReadOnlyList<string>> graphs, ModelRuntime runtime) : IMachineCheck
{
    private const string Build = "edge models build";

    /// <inheritdoc/>
    public string Name => $"{kind} engines";

    /// <inheritdoc/>
    public Finding Look()
    {
        try
        {
            var preference = package.Value.ProviderUnder(runtime);
            if (!preference.Prefer.Contains(ExecutionProvider.TensorRt))
                return Finding.Ok($"none needed: computes on {string.Join(", ", preference.Prefer.Select(ProviderPreference.NameOf))}");
            return Missing(preference) is not { } missing ? Finding.Ok($"built, in {runtime.Engines.Root}")
                : preference is { Require: true, Prefer: [ExecutionProvider.TensorRt, ..] } ? Finding.Fail(missing, Build)
                : Finding.Warn($"{missing}; the next provider computes", Build);
        }
        catch (ModelException)
        {
            return Finding.Warn("not looked at: the package does not open", "mend the package first");
        }
    }

    private string? Missing(ProviderPreference preference)
    {
        if (runtime.FindTensorRt(preference, out var reason) is not { } platform)
            return reason;
        foreach (var graph in graphs(package.Value))
        {
            if (runtime.Engines.Find(EngineKey.Of(package.Value.Graph(graph), preference, platform), out reason) is not { } stamp)
                return reason;
            if (!stamp.Usable)
                return $"{graph}: {stamp.Reason}";
        }

        return null;
    }
}
