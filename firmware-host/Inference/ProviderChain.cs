using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>Creates sessions on the best provider that works, and says in one line what was missing.</summary>
internal static class ProviderChain
{
    private const int MaxReasonCharacters = 160;

    /// <summary>Creates a session. <paramref name="missing"/> is empty when the first choice works.</summary>
    public static InferenceSession Create(
        string path, ProviderPreference preference, Func<SessionOptions> createOptions, out ExecutionProvider active, out string missing)
    {
        var candidates = preference.Prefer.ToList();
        var reasons = new List<string>();
        while (true)
        {
            using var options = createOptions();
            foreach (var provider in candidates.ToArray())
            {
                if (TryAppend(options, provider, preference, out var reason))
                    continue;
                reasons.Add($"{ProviderPreference.NameOf(provider)} not used: {reason}");
                candidates.Remove(provider);
            }

            missing = string.Join("; ", reasons);
            if (candidates.Count == 0 || (preference.Require && candidates[0] != preference.Prefer[0]))
            {
                var wanted = string.Join(", ", preference.Prefer.Select(ProviderPreference.NameOf));
                throw new ModelException($"{path}: no execution provider as required ({wanted}): {missing}");
            }

            if (!candidates.Contains(ExecutionProvider.Cpu))
                options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");

            active = candidates[0];
            try
            {
                return new InferenceSession(path, options);
            }
            catch (OnnxRuntimeException e) when (candidates[0] != ExecutionProvider.Cpu)
            {
                // The libraries are there, the device or an engine is not.
                reasons.Add($"{ProviderPreference.NameOf(candidates[0])} not used: {FirstLine(e.Message)}");
                candidates.RemoveAt(0);
            }
            catch (OnnxRuntimeException e)
            {
                throw new ModelException($"{path}: {FirstLine(e.Message)}", e);
            }
        }
    }

    /// <summary>
    /// Asks for a provider. Where its libraries are missing, the options' constructor, their update and the append can each throw, an
    /// <see cref="EntryPointNotFoundException"/> included where the core was built without it; the session options stay usable.
    /// </summary>
    private static bool TryAppend(SessionOptions options, ExecutionProvider provider, ProviderPreference preference, out string reason)
    {
        reason = "";
        var values = preference.Options.GetValueOrDefault(provider)?.ToDictionary() ?? [];
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

    /// <summary>A message for one line of a log.</summary>
    internal static string FirstLine(string message)
    {
        var line = message.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        if (end >= 0)
            line = line[..end];
        return line.Length <= MaxReasonCharacters ? line.ToString() : string.Concat(line[..MaxReasonCharacters], "...");
    }
}
