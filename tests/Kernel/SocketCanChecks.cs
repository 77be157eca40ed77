using Edge.Buses;
using static Edge.Tests.Kernel.Program;

namespace Edge.Tests.Kernel;

/// <summary>SocketCAN on the kernel's virtual interfaces, with itself and with can-utils as the foreign peer.</summary>
internal static class SocketCanChecks
{
    private const string Fd = "vcan0", Classic = "vcan1", Down = "vcan2", Doomed = "vcan3";

    /// <summary>The checks by name.</summary>
    public static IReadOnlyList<(string Name, Action Check)> All { get; } =
    [
        ("frames of every kind pass unchanged", FramesPass),
        ("nobody hears himself, and nothing blocks", NothingOfOnesOwn),
        ("can-utils hears what is sent", ForeignEars),
        ("what can-utils sends is heard", ForeignMouth),
        ("error frames are counted and say bus-off", ErrorFrames),
        ("an interface that goes down comes back", DownAndUp),
        ("an interface that is taken away is broken for good", TakenAway),
        ("an interface that is down is refused, with advice", () => RequireRefusal(Down, false, "it is down")),
        ("classic CAN is refused where the robot file wants FD", () => RequireRefusal(Classic, true, "classic CAN only")),
        ("an interface that is not there is refused, with advice", () => RequireRefusal("can9", false, "'ip link'")),
        ("a thousand frames allocate nothing", NoAllocation),
    ];

    private static void FramesPass()
    {
        using var a = new SocketCanBus(Fd, flexibleData: true);
        using var b = new SocketCanBus(Fd, flexibleData: true);
        CanFrame[] frames =
        [
            CanFrame.Create(0x7FF, []),
            CanFrame.Create(0x011, [1, 2, 3, 4, 5, 6, 7, 8]),
            CanFrame.Create(0x1FFF_FFFF, [9], CanFrameFlags.Extended),
            CanFrame.Create(0x123, [], CanFrameFlags.Remote),
            CanFrame.Create(0x001, new byte[8], CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch),
            CanFrame.Create(0x12345, [.. Enumerable.Range(0, 64).Select(i => (byte)i)], CanFrameFlags.FlexibleData | CanFrameFlags.Extended),
        ];
        foreach (var sent in frames)
        {
            Require(a.TrySend(in sent), $"{Show(sent)} was not sent");
            RequireNext(b, sent);
        }

        Require(a.Counters.Sent == frames.Length && b.Counters.Received == frames.Length && !a.Counters.Broken, "the counters are wrong");
    }

    private static void NothingOfOnesOwn()
    {
        using var bus = new SocketCanBus(Fd, flexibleData: true);
        Require(bus.TrySend(CanFrame.Create(1, [1])), "not sent");
        Require(!bus.TryReceive(out _), "it heard itself");
    }

    private static void ForeignEars()
    {
        using var bus = new SocketCanBus(Fd, flexibleData: true);
        var listeners = Listeners();
        using var dump = Start($"candump -L -n 2 -T 20000 {Fd}");
        Require(Eventually(() => Listeners() > listeners), "candump does not listen");
        Require(bus.TrySend(CanFrame.Create(0x123, [0xDE, 0xAD])), "not sent");
        Require(bus.TrySend(CanFrame.Create(0x12345678, [1, 2], CanFrameFlags.Extended | CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch)), "not sent");
        var heard = dump.StandardOutput.ReadToEnd();
        Require(heard.Contains(" 123#DEAD\n", StringComparison.Ordinal), heard);
        Require(heard.Contains(" 12345678##50102\n", StringComparison.Ordinal), heard); // flags: 4 FD format, 1 bit rate switch
    }

    private static int Listeners() => File.ReadLines("/proc/net/can/rcvlist_all").Count(line => line.Contains(Fd, StringComparison.Ordinal));

    private static void ForeignMouth()
    {
        using var bus = new SocketCanBus(Fd, flexibleData: true);
        Run($"cansend {Fd} 7A5#0102030405060708");
        RequireNext(bus, CanFrame.Create(0x7A5, [1, 2, 3, 4, 5, 6, 7, 8]));
        Run($"cansend {Fd} 0000002A##1AABBCC");
        RequireNext(bus, CanFrame.Create(0x2A, [0xAA, 0xBB, 0xCC], CanFrameFlags.Extended | CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch));
        Run($"cansend {Fd} 321#R");
        RequireNext(bus, CanFrame.Create(0x321, [], CanFrameFlags.Remote));
    }

    private static void ErrorFrames()
    {
        using var bus = new SocketCanBus(Fd, flexibleData: true);
        Run($"cansend {Fd} 20000040#0000000000000000"); // CAN_ERR_FLAG, CAN_ERR_BUSOFF
        Require(!bus.TryReceive(out _) && bus.BusOff && bus.ErrorFrames == 1, $"bus-off {bus.BusOff}, {bus.ErrorFrames} error frames");
        Run($"cansend {Fd} 20000100#0000000000000000"); // CAN_ERR_RESTARTED
        Require(!bus.TryReceive(out _) && !bus.BusOff && bus.ErrorFrames == 2, $"after the restart: bus-off {bus.BusOff}, {bus.ErrorFrames} error frames");
    }

    private static void DownAndUp()
    {
        using var a = new SocketCanBus(Classic, flexibleData: false);
        using var b = new SocketCanBus(Classic, flexibleData: false);
        Run($"ip link set {Classic} down");
        var frame = CanFrame.Create(5, [5]);
        Require(!a.TrySend(in frame) && !b.TryReceive(out _), "frames pass an interface that is down");
        Run($"ip link set {Classic} up");
        Require(!a.Counters.Broken && !b.Counters.Broken, "it counts as broken");
        Require(Eventually(() => a.TrySend(in frame)), "it does not come back");
        RequireNext(b, frame);
    }

    private static void TakenAway()
    {
        using var bus = new SocketCanBus(Doomed, flexibleData: false);
        Run($"ip link del {Doomed}");
        Require(Eventually(() => !bus.TryReceive(out _) && bus.Counters.Broken), "it does not count as broken");
        Require(!bus.TrySend(CanFrame.Create(1, [])), "it sends into nothing");
    }

    private static void NoAllocation()
    {
        using var a = new SocketCanBus(Fd, flexibleData: true);
        using var b = new SocketCanBus(Fd, flexibleData: true);
        var frame = CanFrame.Create(0x11, new byte[8], CanFrameFlags.FlexibleData);
        Pass(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var passed = Pass(1000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Require(passed == 1000 && allocated == 0, $"{passed} frames passed, {allocated} bytes were allocated");

        int Pass(int count)
        {
            var heard = 0;
            for (var i = 0; i < count; i++)
            {
                _ = a.TrySend(in frame);
                while (b.TryReceive(out _))
                    heard++;
            }

            return heard;
        }
    }

    private static void RequireRefusal(string name, bool flexibleData, string advice)
    {
        try
        {
            new SocketCanBus(name, flexibleData).Dispose();
        }
        catch (BusException e)
        {
            Require(e.Message.StartsWith($"CAN interface {name}: ", StringComparison.Ordinal) && e.Message.Contains(advice, StringComparison.Ordinal), e.Message);
            return;
        }

        Require(false, "it was opened");
    }

    private static void RequireNext(SocketCanBus bus, CanFrame expected)
    {
        CanFrame got = default;
        Require(Eventually(() => bus.TryReceive(out got)), $"{Show(expected)} did not come");
        Require(Show(got) == Show(expected), $"found {Show(got)}, expected {Show(expected)}");
    }

    private static string Show(CanFrame frame) => $"{frame.Id:X}#{Convert.ToHexString(frame.Data)} {frame.Flags}";

    private static bool Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 500; i++)
        {
            if (condition())
                return true;
            Thread.Sleep(20);
        }

        return false;
    }
}
