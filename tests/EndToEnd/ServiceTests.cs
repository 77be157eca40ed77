using System.Net.Sockets;
using System.Text;
using Edge.Host;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.EndToEnd;

/// <summary>The published controller as a service: what it tells the service manager from start to end.</summary>
[Collection("real time")]
public sealed class ServiceTests
{
    [Fact]
    public void A_service_manager_hears_of_start_life_and_end()
    {
        var folder = Fixture.NewFolder();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var path = Path.Combine(folder, "notify");
        manager.Bind(new UnixDomainSocketEndPoint(path));
        manager.ReceiveTimeout = 60_000;
        using (var rig = new RealTimeFixture(arm: false, $"{ServiceManager.SocketVariable}={path}", $"{ServiceManager.WatchdogVariable}=1000000"))
        {
            var heard = new List<string>();
            HearUntil("READY=1");
            HearUntil("WATCHDOG=1");
            HearUntil("WATCHDOG=1"); // the loop ticks on
            Assert.Contains("STATUS=Idle", heard); // disarmed
            Assert.DoesNotContain("STOPPING=1", heard);
            rig.Edge.Terminate();
            HearUntil("STOPPING=1");
            HearUntil("STATUS=Off: Signal");
            Assert.True(rig.Edge.WaitForExit(10), rig.Log);
            Assert.Equal(0, rig.Edge.ExitCode);

            void HearUntil(string message)
            {
                var buffer = new byte[256];
                do
                    heard.Add(Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)));
                while (heard[^1] != message);
            }
        }

        Directory.Delete(folder, recursive: true);
    }
}
