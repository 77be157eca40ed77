using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>Creates sessions on the best provider that works, and says in one line what was missing.</summary>
internal static class ProviderChain
{
    private const int MaxReasonCharacters = 160;

    // ONNX Runtime's messages: PLACE IN ITS SOURCE [ONNXRuntimeError] : NUMBER : NAME : TEXT
    private const string RuntimeMark = "[ONNXRuntimeError] : ";

    /// <summary>Creates a session; never builds an engine. <paramref name="missing"/> is empty when the first choice works.</summary>
    public static InferenceSession Create(
        GraphFile graph, ProviderPreference preference, ModelRuntime runtime, Func<SessionOptions> createOptions, out ExecutionProvider active, out string missing)
    {
        var candidates = preference.Prefer.ToList();
        var reasons = new List<string>();
        while (true)
        {
            using var options = createOptions();
            var engine = (Key: (EngineKey?)null, CudaGraph: false);
            foreach (var provider in candidates.ToArray())
            {
                if (TryUse(provider, options, graph, preference, runtime, ref engine, out var reason))
                    continue;
                reasons.Add($"{ProviderPreference.NameOf(provider)} not used: {reason}");
                candidates.Remove(provider);
            }

            missing = string.Join("; ", reasons);
            if (candidates.Count == 0 || (preference.Require && candidates[0] != preference.Prefer[0]))
            {
                var wanted = string.Join(", ", preference.Prefer.Select(ProviderPreference.NameOf));
                throw new ModelException($"{graph.Path}: no execution provider as required ({wanted}): {missing}");
            }

            if (!candidates.Contains(ExecutionProvider.Cpu))
                options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");

            active = candidates[0];
            try
            {
                var session = new InferenceSession(graph.Path, options);
                if (active != ExecutionProvider.TensorRt || runtime.Engines.Find(engine.Key!, out var changed) is not null)
                    return session;
                session.Dispose();
                reasons.Add($"tensorrt not used: {changed}");
                candidates.RemoveAt(0);
            }
            catch (OnnxRuntimeException e) when (candidates[0] != ExecutionProvider.Cpu)
            {
                // The libraries are there, the device or an engine is not.
                reasons.Add($"{ProviderPreference.NameOf(candidates[0])} not used: {FirstLine(e.Message)}");
                candidates.RemoveAt(0);
            }
            catch (OnnxRuntimeException e)
            {
                throw new ModelException($"{graph.Path}: {FirstLine(e.Message)}", e);
            }
        }
    }

    /// <summary>Creates a session on TensorRT alone, with the other providers of the preference behind it: this is what builds engines.</summary>
    /// <exception cref="ModelException">TensorRT, or what it needs, is missing.</exception>
    /// <exception cref="OnnxRuntimeException">The graph cannot be built like this.</exception>
    public static InferenceSession Build(GraphFile graph, ProviderPreference preference, EngineCache engines, EngineKey key, bool cudaGraph, SessionOptions options)
    {
        foreach (var provider in preference.Prefer)
        {
            if (!TryAppend(options, provider, OptionsFor(provider, preference, engines, key, cudaGraph), out var reason) && provider == ExecutionProvider.TensorRt)
                throw new ModelException($"{graph.Path}: tensorrt: {reason}");
        }

        return new InferenceSession(graph.Path, options);
    }

    /// <summary>A message for one line of a log; of ONNX Runtime's, the text alone.</summary>
    internal static string FirstLine(string message)
    {
        var line = message.AsSpan().Trim();
        if (line.LastIndexOf(RuntimeMark) is >= 0 and var mark)
        {
            line = line[(mark + RuntimeMark.Length)..];
            for (var part = 0; part < 2 && line.IndexOf(" : ") is >= 0 and var next; part++)
                line = line[(next + 3)..];
        }

        var end = line.IndexOfAny('\r', '\n');
        if (end >= 0)
            line = line[..end];
        return line.Length <= MaxReasonCharacters ? line.ToString() : string.Concat(line[..MaxReasonCharacters], "...");
    }

    private static bool TryUse(
        ExecutionProvider provider, SessionOptions options, GraphFile graph, ProviderPreference preference, ModelRuntime runtime,
        ref (EngineKey? Key, bool CudaGraph) engine, out string reason)
    {
        if (provider == ExecutionProvider.TensorRt && !TryFindEngine(graph, preference, runtime, out engine, out reason))
            return false;
        if (provider == ExecutionProvider.Cuda && CudaDriver.TryLoad(runtime.CudaLibrary, ModelRuntime.DeviceOf(preference, provider), out reason) is null)
            return false;
        return TryAppend(options, provider, OptionsFor(provider, preference, runtime.Engines, engine.Key, engine.CudaGraph), out reason);
    }

    private static bool TryFindEngine(GraphFile graph, ProviderPreference preference, ModelRuntime runtime, out (EngineKey? Key, bool CudaGraph) engine, out string reason)
    {
        engine = default;
        if (runtime.FindTensorRt(preference, out reason) is not { } platform)
            return false;
        var key = EngineKey.Of(graph, preference, platform);
        if (runtime.Engines.Find(key, out reason) is not { } stamp)
            return false;
        engine = (key, stamp.CudaGraph);
        reason = stamp.Reason;
        return stamp.Usable;
    }

    private static Dictionary<string, string> OptionsFor(
        ExecutionProvider provider, ProviderPreference preference, EngineCache engines, EngineKey? key, bool cudaGraph)
    {
        var options = preference.OptionsOf(provider).ToDictionary();
        if (provider != ExecutionProvider.TensorRt || key is null)
            return options;
        options["trt_fp16_enable"] = preference.HalfPrecision ? "1" : "0";
        // Half precision loses transformers' norms without it.
        options.TryAdd("trt_layer_norm_fp32_fallback", "1");
        options["trt_engine_cache_enable"] = "1";
        options["trt_engine_cache_path"] = engines.FolderOf(key);
        options["trt_timing_cache_enable"] = "1";
        options["trt_timing_cache_path"] = engines.TimingFolderOf(key);
        options["trt_cuda_graph_enable"] = cudaGraph ? "1" : "0";
        return options;
    }

    /// <summary>
    /// Asks for a provider. Where its libraries are missing, the options' constructor, their update and the append can each throw, an
    /// <see cref="EntryPointNotFoundException"/> included where the core was built without it; the session options stay usable.
    /// </summary>
    private static bool TryAppend(SessionOptions options, ExecutionProvider provider, Dictionary<string, string> values, out string reason)
    {
        reason = "";
        try
        {
            switch (provider)
            {
                case ExecutionProvider.TensorRt:
                {
                    using var tensorRt = new OrtTensorRTProviderOptions();
                    tensorRt.UpdateOptions(values);
                    options.AppendExecutionProvider_Tensorrt(tensorRt);
                    break;
                }

                case ExecutionProvider.Cuda:
                {
                    using var cuda = new OrtCUDAProviderOptions();
                    cuda.UpdateOptions(values);
                    options.AppendExecutionProvider_CUDA(cuda);
                    break;
                }

                case ExecutionProvider.Cpu:
                    break; // always there, after all others
                default:
                    throw new ArgumentOutOfRangeException(nameof(provider));
            }

            return true;
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or FormatException or OverflowException)
        {
            reason = FirstLine(e.Message);
            return false;
        }
    }
}
