using System.Net;
using System.Net.Sockets;
using Edge.Hil.Links;
using Edge.Hil.RealTime;
using Edge.Inference;
using Edge.Machine;
using Edge.Policy;
using Edge.Robots;
using Edge.Tests.Inference;
using Edge.Tests.Motion;
using Xunit;
using static Edge.Tests.Machine.MadeUpMachine;

namespace Edge.Tests.Machine;

/// <summary>What <c>edge check</c> says of what a robot needs: buses, camera, models, broker.</summary>
public sealed class RobotCheckTests : IDisposable
{
    private readonly MadeUpMachine _machine = new();
    private readonly List<string> _folders = [];

    private MachineFiles Files => _machine.Files;

    public void Dispose()
    {
        _machine.Dispose();
        foreach (var folder in _folders)
            Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("slcan")]
    [InlineData("serial")]
    public void SerialDevices(string kind)
    {
        var check = new BusCheck(Files, new BusDescription("arm", kind, "/dev/ttyACM0", 1_000_000));
        Assert.Equal("bus arm", check.Name);
        AssertFails(check, "/dev/ttyACM0: No such file", "plugged in");
        _machine.Write("/dev/ttyACM0", "");
        AssertFails(check, "/dev/ttyACM0: Inappropriate ioctl", "device name");
        File.Delete(_machine.PathOf("/dev/ttyACM0"));
        using var line = new PtyLink(_machine.PathOf("/dev/ttyACM0"));
        AssertOk(check, "/dev/ttyACM0 opens");
    }

    [Fact]
    public void CanInterfaces()
    {
        var classic = new BusCheck(Files, new BusDescription("arm", "socketcan", "can0", 1_000_000));
        var flexible = new BusCheck(Files, new BusDescription("arm", "socketcan", "can0", 1_000_000, 5_000_000));
        AssertFails(classic, "no interface can0", "ip -br link");
        _machine.Write("/sys/class/net/can0/type", "1\n").Write("/sys/class/net/can0/flags", "0x1003\n").Write("/sys/class/net/can0/mtu", "1500\n");
        AssertFails(classic, "no CAN interface", "ip -br link");
        _machine.Write("/sys/class/net/can0/type", "280\n").Write("/sys/class/net/can0/flags", "0x40080\n").Write("/sys/class/net/can0/mtu", "16\n");
        AssertFails(classic, "down", "systemctl enable --now edge-can@can0");
        _machine.Write("/sys/class/net/can0/flags", "0x40081\n");
        AssertOk(classic, "can0 is up");
        AssertFails(flexible, "classic CAN only", "edge-can@can0");
        _machine.Write("/sys/class/net/can0/mtu", "72\n");
        AssertOk(flexible, "CAN FD");
    }

    [Fact]
    public void CameraOnTheMachine()
    {
        var check = Camera("/dev/video0");
        AssertFails(check, "/dev/video0 is not there", "ls -l /dev/video*");
        _machine.WriteFolder("/dev/video0"); // what refuses to be opened, to root as well
        AssertFails(check, "may not be opened", "usermod -aG video");
        Directory.Delete(_machine.PathOf("/dev/video0"));
        _machine.Write("/dev/video0", "");
        AssertOk(check, "/dev/video0 opens");
        AssertOk(Camera("file:///dev/video0"), "/dev/video0 opens");
        AssertOk(Camera("gst:videotestsrc ! appsink"), "not looked at");
    }

    [Fact]
    public void CameraOnTheNetwork()
    {
        using (var listener = Listen(out var port))
            AssertOk(Camera($"http://user:secret@127.0.0.1:{port}/front.mjpg"), $"http://127.0.0.1:{port} answers");
        AssertFails(Camera($"rtsp://127.0.0.1:{LoopbackPort.Next()}/stream"), "refused", "ping 127.0.0.1");
        AssertFails(Camera("://nowhere"), "no URL", "SCHEME://HOST");
    }

    [Fact]
    public void Broker()
    {
        var mqtt = ReferenceArm.Robot.Mqtt with { Host = "127.0.0.1" };
        using (var listener = Listen(out var port))
            AssertOk(new BrokerCheck(mqtt with { Port = port }), "answers");
        var closed = LoopbackPort.Next();
        AssertFails(new BrokerCheck(mqtt with { Port = closed }), "refused", "systemctl enable --now mosquitto");
        AssertFails(new BrokerCheck(mqtt with { Host = "127.0.0.2", Port = closed }), "refused", "ping 127.0.0.2");
    }

    [Fact]
    public void Package()
    {
        AssertFails(new PackageCheck("policy", Open("/nowhere")), "no such folder", "install.sh");
        var folder = Copy("""{"prefer": ["cpu"]}""");
        AssertOk(new PackageCheck("policy", Open(folder)), "3 files, hashes agree");
        File.AppendAllText(Path.Combine(folder, "encoder.onnx"), "x");
        AssertFails(new PackageCheck("policy", Open(folder)), "SHA-256", "policy.package");
    }

    [Fact]
    public void EnginesWhereTheyAreNeeded()
    {
        using var nvidia = new FakeNvidia();
        var without = nvidia.Machine("libcuda-nowhere.so", "libnvinfer-nowhere.so");
        AssertOk(Engines(Open(Copy("""{"prefer": ["cpu"]}""")), without), "none needed: computes on cpu");
        var preferring = Open(Copy("""{"prefer": ["tensorrt", "cpu"]}"""));
        AssertWarns(Engines(preferring, without), "the next provider computes", "edge models build");
        AssertFails(Engines(Open(Copy("""{"prefer": ["tensorrt"], "require": true}""")), without), "libcuda-nowhere", "edge models build");
        AssertWarns(Engines(Open("/nowhere"), without), "does not open", "package first");

        var machine = nvidia.Machine(nvidia.Driver, nvidia.TensorRt());
        AssertWarns(Engines(preferring, machine), "no engine of", "edge models build");
        var preference = preferring.Value.ProviderUnder(machine);
        var platform = machine.FindTensorRt(preference, out _)!;
        foreach (var graph in DiffusionPolicy.Graphs)
        {
            var key = EngineKey.Of(preferring.Value.Graph(graph), preference, platform);
            machine.Engines.Clear(key);
            machine.Engines.Seal(key, usable: true, cudaGraph: false, "", 1);
        }

        AssertOk(Engines(preferring, machine), "built, in");
    }

    [Fact]
    public void TheTableHasARowForEachPartAndCountsThem()
    {
        var robot = ReferenceArm.Robot;
        var names = CheckCommand.ChecksFor(robot, Files, ModelRuntime.For).Select(check => check.Name).ToArray();
        Assert.Equal(
            [
                "robot file", "kernel preemption", "real-time throttling", "locked memory", "real-time priority", "cpu governor", "isolated core", "interrupts",
                "cpu_dma_latency", "clock source", "jetson power mode", .. robot.Buses.Select(bus => $"bus {bus.Name}"), .. robot.Cameras.Select(camera => $"camera {camera.Name}"),
                "planner package", "planner engines", "policy package", "policy engines", "broker",
            ],
            names);

        var output = new StringWriter();
        Assert.Equal(0, CheckCommand.Run([new Row(Finding.Ok("fine")), new Row(Finding.Warn("so so", "tune it"))], output));
        Assert.Equal(
            """
            ok    row                   fine
            warn  row                   so so
                                        -> tune it
            1 ok, 1 warn, 0 fail

            """,
            output.ToString());
        Assert.Equal(1, CheckCommand.Run([new Row(Finding.Fail("broken", "mend it"))], TextWriter.Null));
    }

    private CameraCheck Camera(string source) => new(Files, ReferenceArm.Robot.Cameras[0] with { Source = source });

    private static Lazy<ModelPackage> Open(string folder) => new(() => ModelPackage.Open(folder, "policy"));

    private static EngineCheck Engines(Lazy<ModelPackage> package, ModelRuntime runtime) => new("policy", package, _ => DiffusionPolicy.Graphs, runtime);

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }

    private string Copy(string provider)
    {
        var folder = Packages.WithProvider(provider);
        _folders.Add(folder);
        return folder;
    }

    private sealed class Row(Finding finding) : IMachineCheck
    {
        public string Name => "row";

        public Finding Look() => finding;
    }
}
