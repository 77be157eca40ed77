using System.Diagnostics;
using System.Globalization;

namespace Edge.Tests.Cameras;

/// <summary>Videos made and served by the ffmpeg program: a peer of its own, as an IP camera would be.</summary>
internal static class ForeignVideo
{
    /// <summary>A plain colour, so that a JPEG keeps it nearly exactly.</summary>
    private const string Pattern = "color=c=0x3264C8:s=160x120:r=25";

    /// <summary>Writes a motion JPEG file of so many frames.</summary>
    public static void Write(string path, int frames) => Run($"-f lavfi -i {Pattern} -frames:v {frames} -c:v mjpeg -q:v 2 -y {path}").WaitForExit();

    /// <summary>
    /// Serves motion JPEG over HTTP, at 25 frames a second, to the first who asks; ends when that one leaves or after so many frames.
    /// </summary>
    public static Process Serve(int port, int frames = 100_000) =>
        Run($"-re -f lavfi -i {Pattern} -frames:v {frames} -c:v mjpeg -q:v 2 -f mpjpeg -listen 1 http://127.0.0.1:{port}/camera.mjpg");

    public static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/camera.mjpg");

    public static void Stop(Process process)
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private static Process Run(string arguments) =>
        Process.Start(new ProcessStartInfo("ffmpeg", $"-nostdin -hide_banner -loglevel quiet {arguments}") { UseShellExecute = false })!;
}
