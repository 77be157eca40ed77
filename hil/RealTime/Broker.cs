using System.Globalization;

namespace Edge.Hil.RealTime;

/// <summary>A mosquitto broker of the rig's own, on a free loopback port.</summary>
public sealed class Broker : IDisposable
{
    private readonly string _configuration;
    private ChildProcess? _process;

    /// <summary>Starts it.</summary>
    public Broker(string folder)
    {
        Directory.CreateDirectory(folder);
        Port = LoopbackPort.Next();
        _configuration = Path.Combine(folder, "mosquitto.conf");
        File.WriteAllText(_configuration, string.Create(CultureInfo.InvariantCulture, $"listener {Port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"));
        Start();
    }

    /// <summary>Port on loopback.</summary>
    public int Port { get; }

    /// <summary>Starts it again after <see cref="Kill"/>.</summary>
    public void Start()
    {
        var program = File.Exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";
        _process = ChildProcess.Start(program, ["-c", _configuration]);
        if (!_process.WaitForLine("running", 10))
            throw new InvalidOperationException($"mosquitto did not start: {string.Join(" ", _process.Lines)}");
    }

    /// <summary>Kills it.</summary>
    public void Kill()
    {
        _process?.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Kill();
}
