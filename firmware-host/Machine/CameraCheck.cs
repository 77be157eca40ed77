using Edge.Robots;

namespace Edge.Machine;

/// <summary>Whether a camera is there. No picture is taken: the controller may be using it.</summary>
public sealed class CameraCheck(MachineFiles machine, CameraDescription camera) : IMachineCheck
{
    private const string Pipeline = "gst:";
    private const int RtspPort = 554; // RFC 2326

    /// <inheritdoc/>
    public string Name => $"camera {camera.Name}";

    /// <inheritdoc/>
    public Finding Look()
    {
        if (camera.Source.StartsWith(Pipeline, StringComparison.Ordinal))
            return Finding.Ok("not looked at: a GStreamer pipeline");
        if (!camera.Source.Contains("://", StringComparison.Ordinal))
            return LookAt(camera.Source);
        if (!Uri.TryCreate(camera.Source, UriKind.Absolute, out var uri))
            return Finding.Fail("the source is no URL", "name the camera as SCHEME://HOST:PORT/PATH in the robot file");
        return uri.IsFile ? LookAt(uri.LocalPath) : LookAt(uri);
    }

    private Finding LookAt(Uri uri)
    {
        // Host and port only: what else an URL holds may be secret.
        var port = uri.Port > 0 ? uri.Port : RtspPort;
        return TcpProbe.Connect(uri.DnsSafeHost, port) is { } error
            ? Finding.Fail($"{uri.Scheme}://{uri.Host}:{port}: {error}", $"ping {uri.Host}: is the camera on, and does it serve this port?")
            : Finding.Ok($"{uri.Scheme}://{uri.Host}:{port} answers");
    }

    private Finding LookAt(string path)
    {
        try
        {
            var isDevice = path.StartsWith("/dev/", StringComparison.Ordinal);
            using var file = File.OpenHandle(machine.PathOf(path), FileMode.Open, isDevice ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite);
            return Finding.Ok($"{path} opens");
        }
        catch (UnauthorizedAccessException)
        {
            return Finding.Fail($"{path} may not be opened by this user", "sudo usermod -aG video $USER, then log in again");
        }
        catch (IOException)
        {
            return Finding.Fail($"{path} is not there", "ls -l /dev/video* /dev/v4l/by-id: is the camera plugged in, and is this its name?");
        }
    }
}
