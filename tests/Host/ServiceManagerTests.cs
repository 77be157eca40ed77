using System.Net.Sockets;
using System.Text;
using Edge.Control;
using Edge.Host;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Host;

/// <summary>What the service manager is told, read from the other end of a real socket.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private const long Second = 1_000_000_000;

    private readonly string _folder = Fixture.NewFolder();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly StringWriter _log = new();

    public void Dispose()
    {
        _manager.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ALifeIsTold(bool isAbstract)
    {
        var path = Bind(isAbstract);
        using var service = new ServiceManager(path, null, _log);
        service.Tick(1, new RobotSnapshot { State = ControlState.Off });
        service.Ready();
        service.Tick(2, new RobotSnapshot { State = ControlState.Idle });
        service.Tick(3, new RobotSnapshot { State = ControlState.Idle });
        service.Tick(4, new RobotSnapshot { State = ControlState.Holding, Cause = ReactionCause.CameraLost });
        service.Stopping();
        Assert.Equal(["STATUS=Off", "READY=1", "STATUS=Idle", "STATUS=Holding: CameraLost", "STOPPING=1"], Received());
        Assert.Equal("", _log.ToString());
    }

    [Fact]
    public void TheWatchdogIsFedByTheLoopsTicks()
    {
        using var service = new ServiceManager(Bind(isAbstract: false), "4000000", _log); // 4 s: fed every 2 s
        var robot = new RobotSnapshot { Tick = 1 };
        service.Tick(10 * Second, in robot);
        Assert.Equal(["STATUS=Off", "WATCHDOG=1"], Received());

        robot.Tick = 1000; // it ticks on: not before half of the time is over
        service.Tick(11 * Second, in robot);
        Assert.Empty(Received());
        service.Tick(12 * Second, in robot);
        Assert.Equal(["WATCHDOG=1"], Received());

        for (var second = 13; second < 30; second++)
            service.Tick(second * Second, in robot); // it stands still
        Assert.Empty(Received());

        robot.Tick++;
        service.Tick(30 * Second, in robot);
        Assert.Equal(["WATCHDOG=1"], Received());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("0")]
    [InlineData("-5")]
    public void WithoutAWatchdogNothingIsFed(string? watchdogUs)
    {
        using var service = new ServiceManager(Bind(isAbstract: false), watchdogUs, _log);
        service.Tick(10 * Second, new RobotSnapshot { Tick = 1 });
        Assert.Equal(["STATUS=Off"], Received());
    }

    [Fact]
    public void WithoutAManagerNothingIsTold()
    {
        using var nobody = new ServiceManager(null, "4000000", _log);
        nobody.Ready();
        nobody.Tick(Second, new RobotSnapshot { Tick = 1 });
        nobody.Stopping();
        Assert.Equal("", _log.ToString());

        using var unreachable = new ServiceManager(Path.Combine(_folder, "nowhere"), null, _log);
        unreachable.Ready();
        Assert.Contains("nowhere cannot be reached", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AManagerThatDoesNotReadHoldsNobodyUp()
    {
        using var service = new ServiceManager(Bind(isAbstract: false), "2", _log);
        var robot = new RobotSnapshot();
        for (var i = 0; i < 10_000; i++)
        {
            robot.Tick++;
            service.Tick(i * Second, in robot);
        }

        Assert.InRange(Received().Count, 1, 9_999);
    }

    [Fact]
    public void FeedingAllocatesNothing()
    {
        using var service = new ServiceManager(Bind(isAbstract: false), "2", _log);
        var robot = new RobotSnapshot();
        Assert.Equal(0, Allocations.Least(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 5; i++)
            {
                robot.Tick++;
                service.Tick(robot.Tick * Second, in robot);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Contains("WATCHDOG=1", Received());
            return allocated;
        }));
    }

    private string Bind(bool isAbstract)
    {
        var path = Path.Combine(_folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{path}" : path));
        return isAbstract ? $"@{path}" : path;
    }

    private List<string> Received()
    {
        var messages = new List<string>();
        var buffer = new byte[256];
        while (_manager.Available > 0)
            messages.Add(Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer)));
        return messages;
    }
}
