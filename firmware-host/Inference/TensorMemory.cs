using System.Runtime.InteropServices;

namespace Edge.Inference;

/// <summary>
/// The memory of a tensor and of the views over it: native memory of the processor, and, where a GPU computes, as much of the GPU's. ONNX Runtime copies
/// a bound input once, when it is bound, so what is written later must be carried over by us; and a CUDA graph replays with fixed addresses.
/// </summary>
internal sealed unsafe class TensorMemory : IDisposable
{
    private const int AlignmentBytes = 64; // a cache line, and the widest vector register

    private readonly long _bytes;
    private readonly bool _deviceOnly;
    private CudaDriver? _driver;
    private nint _device;

    /// <summary>Takes zeroed memory. <paramref name="deviceOnly"/>: the processor never looks at it, so on a GPU nothing is copied.</summary>
    public TensorMemory(long bytes, bool deviceOnly)
    {
        _bytes = bytes;
        _deviceOnly = deviceOnly;
        Host = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, AlignmentBytes), AlignmentBytes);
        NativeMemory.Clear(Host, (nuint)bytes);
    }

    /// <summary>The processor's part; null once disposed.</summary>
    public void* Host { get; private set; }

    /// <summary>Size of either part.</summary>
    public long Bytes => _bytes;

    /// <summary>The GPU's part, taken at the first call.</summary>
    public nint OnDevice(CudaDriver driver)
    {
        if (_driver is null)
        {
            _device = driver.Allocate(_bytes);
            _driver = driver;
            driver.Upload(_device, Host, _bytes);
        }

        return _device;
    }

    /// <summary>Carries the first bytes to the GPU, whose context is current.</summary>
    public void Upload(long bytes)
    {
        if (!_deviceOnly)
            _driver!.Upload(_device, Host, bytes);
    }

    /// <summary>Fetches the first bytes from the GPU, whose context is current.</summary>
    public void Download(long bytes)
    {
        if (!_deviceOnly)
            _driver!.Download(Host, _device, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Host is null)
            return;
        NativeMemory.AlignedFree(Host);
        Host = null;
        _driver?.Free(_device);
    }
}
