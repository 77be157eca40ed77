using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Edge.Hil.RealTime;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>A real mosquitto on a free loopback port, and its own command-line clients as the foreign side.</summary>
internal sealed class Broker : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-mqtt-").FullName;
    private readonly List<Process> _clients = [];
    private Process? _process;

    /// <summary>Starts it.</summary>
    /// <param name="security">Lines of its configuration that say who may do what.</param>
    public Broker(string security = "allow_anonymous true")
    {
        File.WriteAllText(Path.Combine(_folder, "mosquitto.conf"), $"listener {Port} 127.0.0.1\n{security}\nuser root\npersistence false\n");
        Start();
    }

    public int Port { get; } = LoopbackPort.Next();

    public string Folder => _folder;

    public void Start()
    {
        _process = Launch("/usr/sbin/mosquitto", ["-c", Path.Combine(_folder, "mosquitto.conf")]);
        Until("the broker listens", () =>
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>mosquitto_pub at QoS 1; returns when the broker has it.</summary>
    public void Publish(string topic, string payload, params string[] more)
    {
        using var process = Launch("/usr/bin/mosquitto_pub", ["-V", "5", "-h", "127.0.0.1", "-p", PortText, "-q", "1", "-t", topic, "-m", payload, .. more]);
        Assert.True(process.WaitForExit(120_000));
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>mosquitto_sub: its lines so far, and those to come. The format must hold the payload, <c>%p</c>.</summary>
    public Listener Listen(string topic, string format = "%r %t %p")
    {
        var probe = $"probe/{Guid.NewGuid()}";
        var process = Launch("/usr/bin/mosquitto_sub", ["-V", "5", "-h", "127.0.0.1", "-p", PortText, "-q", "1", "-t", topic, "-t", probe, "-F", format]);
        _clients.Add(process);
        var listener = new Listener();
        process.OutputDataReceived += (_, line) => listener.Add(line.Data);
        process.BeginOutputReadLine();

        // It does not say when it is subscribed, so it is sent something until it shows it.
        Until("the listener is subscribed", () =>
        {
            Publish(probe, probe);
            return listener.Saw(probe);
        });
        return listener;
    }

    /// <summary>Waits for up to half a minute of this process's own running time, so that a machine that was busy elsewhere fails nothing.</summary>
    public static void Until(string what, Func<bool> condition, Func<string>? instead = null)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 1500, $"waited in vain until {what}{instead?.Invoke()}");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Kill();
            client.Dispose();
        }

        if (_process is not null)
            Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private static Process Launch(string program, string[] arguments)
    {
        var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
        process.Start();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Lines as they come.</summary>
    internal sealed class Listener
    {
        private readonly List<string> _lines = [];

        public void Add(string? line)
        {
            lock (_lines)
            {
                if (line is not null)
                    _lines.Add(line);
            }
        }

        public string[] Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public bool Saw(Func<string, bool> line) => Lines.Any(line);

        public bool Saw(params string[] parts) => Saw(line => parts.All(part => line.Contains(part, StringComparison.Ordinal)));

        /// <summary>Waits for a line with all these parts and returns it.</summary>
        public string Wait(params string[] parts)
        {
            Until($"a line has {string.Join(" and ", parts)}; lines:\n{string.Join('\n', Lines)}", () => Saw(parts));
            return Lines.First(line => parts.All(part => line.Contains(part, StringComparison.Ordinal)));
        }
    }
}
