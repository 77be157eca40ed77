namespace Edge.Inference;

/// <summary>How this machine runs models.</summary>
/// <param name="Provider">The robot file's choice of providers (<see cref="ProviderPreference.ChoicePattern"/>), which goes before the package's; null: the package's.</param>
/// <param name="Engines">TensorRT's engines, built ahead of time.</param>
/// <param name="CudaLibrary">The GPU driver's library.</param>
/// <param name="TensorRtLibraries">TensorRT's library under its possible names.</param>
public sealed record ModelRuntime(string? Provider, EngineCache Engines, string CudaLibrary, IReadOnlyList<string> TensorRtLibraries)
{
    /// <summary>What the packages ask for, on this machine.</summary>
    public static ModelRuntime Default { get; } = For(null);

    /// <summary>A robot file's choice, on this machine.</summary>
    public static ModelRuntime For(string? provider) => new(provider, EngineCache.Default, CudaDriver.Library, TensorRtPlatform.Libraries);

    /// <summary>The machine as TensorRT sees it. Null: TensorRT cannot run here; <paramref name="reason"/> says what is missing in one line.</summary>
    public TensorRtPlatform? FindTensorRt(ProviderPreference preference, out string reason)
    {
        ArgumentNullException.ThrowIfNull(preference);
        return TensorRtPlatform.TryFind(CudaLibrary, TensorRtLibraries, DeviceOf(preference, ExecutionProvider.TensorRt), out reason);
    }

    /// <summary>Number of the GPU that the options of a provider name; 0 where they do not.</summary>
    internal static int DeviceOf(ProviderPreference preference, ExecutionProvider provider) =>
        preference.OptionsOf(provider).TryGetValue("device_id", out var text) && int.TryParse(text, out var device) ? device : 0;
}
