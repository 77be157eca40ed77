using System.Runtime.InteropServices;

namespace Edge.Inference;

/// <summary>
/// The few calls of the CUDA driver API (libcuda.so.1, which comes with the GPU's driver) that tell which device this is and move tensors to and from it.
/// The driver's API is the stable one: the same entry points serve every CUDA version.
/// </summary>
internal sealed unsafe class CudaDriver
{
    /// <summary>The driver's library.</summary>
    public const string Library = "libcuda.so.1";

    // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR, cuda.h
    private const int CapabilityMajor = 75, CapabilityMinor = 76;
    private const int MaxNameBytes = 256;

    private readonly nint _library;
    private readonly nint _context;
    private readonly delegate* unmanaged<nint, int> _setCurrent;
    private readonly delegate* unmanaged<int> _synchronize;
    private readonly delegate* unmanaged<nint*, nuint, int> _allocate;
    private readonly delegate* unmanaged<nint, int> _free;
    private readonly delegate* unmanaged<nint, void*, nuint, int> _upload;
    private readonly delegate* unmanaged<void*, nint, nuint, int> _download;

    private CudaDriver(nint library, int ordinal)
    {
        _library = library;
        Check(((delegate* unmanaged<uint, int>)Export("cuInit"))(0), "cuInit");
        int device, major, minor;
        Check(((delegate* unmanaged<int*, int, int>)Export("cuDeviceGet"))(&device, ordinal), "cuDeviceGet");
        var name = stackalloc byte[MaxNameBytes];
        Check(((delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetName"))(name, MaxNameBytes, device), "cuDeviceGetName");
        var attribute = (delegate* unmanaged<int*, int, int, int>)Export("cuDeviceGetAttribute");
        Check(attribute(&major, CapabilityMajor, device), "cuDeviceGetAttribute");
        Check(attribute(&minor, CapabilityMinor, device), "cuDeviceGetAttribute");
        Ordinal = ordinal;
        Device = Marshal.PtrToStringUTF8((nint)name) ?? "";
        ComputeCapability = $"{major}.{minor}";
        // The primary context is the one that ONNX Runtime's providers use; it lives as long as the process.
        nint context;
        Check(((delegate* unmanaged<nint*, int, int>)Export("cuDevicePrimaryCtxRetain"))(&context, device), "cuDevicePrimaryCtxRetain");
        _context = context;
        _setCurrent = (delegate* unmanaged<nint, int>)Export("cuCtxSetCurrent");
        _synchronize = (delegate* unmanaged<int>)Export("cuCtxSynchronize");
        _allocate = (delegate* unmanaged<nint*, nuint, int>)Export("cuMemAlloc_v2");
        _free = (delegate* unmanaged<nint, int>)Export("cuMemFree_v2");
        _upload = (delegate* unmanaged<nint, void*, nuint, int>)Export("cuMemcpyHtoD_v2");
        _download = (delegate* unmanaged<void*, nint, nuint, int>)Export("cuMemcpyDtoH_v2");
    }

    /// <summary>Number of the device.</summary>
    public int Ordinal { get; }

    /// <summary>Name of the device, e.g. "Orin".</summary>
    public string Device { get; }

    /// <summary>Its compute capability, e.g. "8.7".</summary>
    public string ComputeCapability { get; }

    /// <summary>Loads the driver. Null: there is none, or no such device; <paramref name="reason"/> says which, in one line.</summary>
    public static CudaDriver? TryLoad(string library, int ordinal, out string reason)
    {
        reason = "";
        if (!NativeLibrary.TryLoad(library, out var handle))
        {
            reason = $"{library} not found (the NVIDIA driver)";
            return null;
        }

        try
        {
            return new CudaDriver(handle, ordinal);
        }
        catch (Exception e) when (e is ModelException or EntryPointNotFoundException)
        {
            reason = $"{library}: {ProviderChain.FirstLine(e.Message)}";
            return null;
        }
    }

    /// <summary>Makes the device's context the calling thread's. Cheap; each thread needs it once.</summary>
    public void MakeCurrent() => Check(_setCurrent(_context), "cuCtxSetCurrent");

    /// <summary>Waits until everything asked of the device is done, copies included.</summary>
    public void Synchronize() => Check(_synchronize(), "cuCtxSynchronize");

    /// <summary>Takes memory of the device.</summary>
    public nint Allocate(long bytes)
    {
        nint address;
        MakeCurrent();
        Check(_allocate(&address, (nuint)Math.Max(1, bytes)), "cuMemAlloc");
        return address;
    }

    /// <summary>Gives memory back.</summary>
    public void Free(nint address)
    {
        MakeCurrent();
        _ = _free(address); // nothing to be done about an error here
    }

    /// <summary>Copies to the device.</summary>
    public void Upload(nint to, void* from, long bytes) => Check(_upload(to, from, (nuint)bytes), "cuMemcpyHtoD");

    /// <summary>Copies from the device.</summary>
    public void Download(void* to, nint from, long bytes) => Check(_download(to, from, (nuint)bytes), "cuMemcpyDtoH");

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int result, string call)
    {
        if (result == 0)
            return;
        byte* text = null;
        if (NativeLibrary.TryGetExport(_library, "cuGetErrorString", out var describe))
            _ = ((delegate* unmanaged<int, byte**, int>)describe)(result, &text);
        throw new ModelException($"{call}: error {result}{(text is null ? "" : $", {Marshal.PtrToStringUTF8((nint)text)}")}");
    }
}
