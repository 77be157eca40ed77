using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>Builds TensorRT's engines and timing caches ahead of time, with progress: <c>edge models build</c>.</summary>
/// <param name="runtime">This machine.</param>
/// <param name="log">Where the progress goes.</param>
public sealed class EngineBuilder(ModelRuntime runtime, TextWriter log)
{
    private const int ProgressPeriodMs = 5000;

    /// <summary>
    /// Builds what is missing for some graphs of a package. An engine whose key is in the cache is left alone, unless <paramref name="again"/>.
    /// </summary>
    /// <param name="package">The package.</param>
    /// <param name="graphs">Its graph files.</param>
    /// <param name="cudaGraph">Try to replay whole runs as CUDA graphs.</param>
    /// <param name="again">Build also what is there.</param>
    /// <returns>The stamps; none where the preference does not name TensorRT.</returns>
    /// <exception cref="ModelException">TensorRT cannot run here; the message says what is missing.</exception>
    public IReadOnlyList<EngineStamp> Build(ModelPackage package, IReadOnlyList<string> graphs, bool cudaGraph, bool again)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(graphs);
        var preference = package.ProviderUnder(runtime);
        if (!preference.Prefer.Contains(ExecutionProvider.TensorRt))
            return [];
        var platform = runtime.FindTensorRt(preference, out var missing) ?? throw new ModelException($"{package.Folder}: tensorrt cannot be used: {missing}");
        log.WriteLine($"edge: {package.Name}: {platform.Device} (compute capability {platform.ComputeCapability}), TensorRT {platform.TensorRt}, ONNX Runtime {platform.OnnxRuntime}");
        var stamps = new List<EngineStamp>();
        for (var i = 0; i < graphs.Count; i++)
        {
            var graph = package.Graph(graphs[i]);
            var key = EngineKey.Of(graph, preference, platform);
            var what = $"{graphs[i]} ({i + 1} of {graphs.Count})";
            if (!again && runtime.Engines.Find(key, out _) is { } known)
            {
                log.WriteLine($"edge: {what}: there already ({Describe(known)})");
                stamps.Add(known);
                continue;
            }

            stamps.Add(Build(graph, preference, key, cudaGraph, what));
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"edge: {what}: {Describe(stamps[^1])}, {stamps[^1].BuildSeconds:0} s, {runtime.Engines.FolderOf(key)}"));
        }

        return stamps;
    }

    /// <summary>What a stamp says, in a few words.</summary>
    public static string Describe(EngineStamp stamp)
    {
        ArgumentNullException.ThrowIfNull(stamp);
        return stamp.Usable ? $"{stamp.Key.Precision}{(stamp.CudaGraph ? ", CUDA graph" : "")}" : stamp.Reason;
    }

    private EngineStamp Build(GraphFile graph, ProviderPreference preference, EngineKey key, bool cudaGraph, string what)
    {
        var watch = Stopwatch.StartNew();
        using var ticker = new Timer(
            _ => log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"edge: {what}: building, {watch.Elapsed.TotalSeconds:0} s so far; some minutes are normal")),
            null, ProgressPeriodMs, ProgressPeriodMs);
        runtime.Engines.Clear(key);
        if (FreeInput(graph, preference) is { } free)
            return runtime.Engines.Seal(key, usable: false, cudaGraph: false, $"the shape of input {free} is free: TensorRT would build engines while running", watch.Elapsed.TotalSeconds);
        var reason = "";
        foreach (var replay in cudaGraph ? [true, false] : (ReadOnlySpan<bool>)[false])
        {
            runtime.Engines.Clear(key);
            try
            {
                using var options = OnnxSession.CreateOptions(fixedShapes: true);
                using var session = ProviderChain.Build(graph, preference, runtime.Engines, key, replay, options);
                return runtime.Engines.Seal(key, usable: true, replay, "", watch.Elapsed.TotalSeconds);
            }
            catch (OnnxRuntimeException e)
            {
                // With a CUDA graph: a node that TensorRT does not take, or control flow. Without: the graph cannot be built at all.
                reason = ProviderChain.FirstLine(e.Message);
            }
        }

        return runtime.Engines.Seal(key, usable: false, cudaGraph: false, reason, watch.Elapsed.TotalSeconds);
    }

    /// <summary>An input with a free dimension for which the options state no range; null: every shape is fixed.</summary>
    private static string? FreeInput(GraphFile graph, ProviderPreference preference)
    {
        if (preference.OptionsOf(ExecutionProvider.TensorRt).ContainsKey("trt_profile_opt_shapes"))
            return null;
        using var session = OnnxSession.Load(graph, ProviderPreference.CpuOnly, ModelRuntime.Default);
        return session.Inputs.Where(input => input.Value.Dimensions.Any(size => size < 0)).Select(input => $"{input.Key} ({input.Value})").FirstOrDefault();
    }
}
