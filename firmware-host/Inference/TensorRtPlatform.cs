using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>What TensorRT's engines depend on besides the model: an engine built for one of these runs on no other.</summary>
/// <param name="Device">Name of the GPU.</param>
/// <param name="ComputeCapability">Its compute capability, e.g. "8.7".</param>
/// <param name="TensorRt">Version of TensorRT, e.g. "10.3.0".</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime.</param>
public sealed record TensorRtPlatform(string Device, string ComputeCapability, string TensorRt, string OnnxRuntime)
{
    /// <summary>Names of TensorRT's library, newest first; the number is its major version.</summary>
    internal static IReadOnlyList<string> Libraries { get; } = ["libnvinfer.so.11", "libnvinfer.so.10", "libnvinfer.so.8"];

    /// <summary>Looks at this machine. Null: something is missing; <paramref name="reason"/> says what in one line.</summary>
    internal static unsafe TensorRtPlatform? TryFind(string cudaLibrary, IReadOnlyList<string> tensorRtLibraries, int device, out string reason)
    {
        if (CudaDriver.TryLoad(cudaLibrary, device, out reason) is not { } driver)
            return null;
        foreach (var name in tensorRtLibraries)
        {
            if (!NativeLibrary.TryLoad(name, out var library))
                continue;
            if (!NativeLibrary.TryGetExport(library, "getInferLibVersion", out var version))
            {
                reason = $"{name} has no getInferLibVersion: not TensorRT's library";
                return null;
            }

            return new(driver.Device, driver.ComputeCapability, VersionText(((delegate* unmanaged<int>)version)()), OrtEnv.Instance().GetVersionString());
        }

        reason = $"{string.Join(" or ", tensorRtLibraries)} not found (TensorRT)";
        return null;
    }

    /// <summary>NV_TENSORRT_VERSION as text: 10.3.0 is 100300 since TensorRT 10, 8.6.1 was 8601 before.</summary>
    internal static string VersionText(int version)
    {
        var (major, minor, patch) = version >= 100_000
            ? (version / 10_000, version / 100 % 100, version % 100)
            : (version / 1000, version / 100 % 10, version % 100);
        return string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}");
    }
}
