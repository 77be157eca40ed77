using System.Runtime.InteropServices;

namespace Edge.Cameras;

/// <summary>libedgevision.so (native/vision/edgevision.h says what each function does).</summary>
internal static partial class VisionLibrary
{
    private const string Name = "edgevision";

    [LibraryImport(Name, EntryPoint = "edgevision_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial CaptureHandle Open(string source, int width, int height, int openTimeoutMs, int readTimeoutMs);

    [LibraryImport(Name, EntryPoint = "edgevision_close")]
    public static partial void Close(nint capture);

    [LibraryImport(Name, EntryPoint = "edgevision_read")]
    public static unsafe partial int Read(CaptureHandle capture, byte* bgr, int width, int height);

    [LibraryImport(Name, EntryPoint = "edgevision_rate_hz")]
    public static partial double RateHz(CaptureHandle capture);

    [LibraryImport(Name, EntryPoint = "edgevision_resize")]
    public static unsafe partial int Resize(byte* source, int width, int height, byte* target, int targetWidth, int targetHeight);

    [LibraryImport(Name, EntryPoint = "edgevision_planar")]
    public static unsafe partial int Planar(byte* bgr, int width, int height, float* planes, int targetWidth, int targetHeight, float* mean, float* std);

    [LibraryImport(Name, EntryPoint = "edgevision_crop")]
    public static unsafe partial int Crop(byte* bgr, int width, int height, double u, double v, double sizePx, byte* rgb, int n);

    [LibraryImport(Name, EntryPoint = "edgevision_warp")]
    public static unsafe partial int Warp(byte* source, int width, int height, double* homography, byte* target);

    [LibraryImport(Name, EntryPoint = "edgevision_jpeg_encode")]
    public static unsafe partial int JpegEncode(byte* bgr, int width, int height, int quality, byte* jpeg, int capacity);

    [LibraryImport(Name, EntryPoint = "edgevision_jpeg_decode")]
    public static unsafe partial int JpegDecode(byte* jpeg, int length, byte* bgr, int width, int height);

    /// <summary>Why the last failing call on this thread failed.</summary>
    public static string LastError() => Marshal.PtrToStringUTF8(Error()) ?? "";

    [LibraryImport(Name, EntryPoint = "edgevision_error")]
    private static partial nint Error();
}

/// <summary>An open capture.</summary>
internal sealed class CaptureHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        VisionLibrary.Close(handle);
        return true;
    }
}
