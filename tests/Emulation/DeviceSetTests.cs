using System.Globalization;
using System.Text;
using Edge.Hil.Emulation;
using Edge.Hil.Emulation.Damiao;
using Edge.Hil.Emulation.Feetech;
using Edge.Hil.Links;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class DeviceSetTests
{
    private const long TickNs = 1_000_000;

    private readonly RobotDescription _robot = Wire.Robot();
    private readonly FakePlant _plant = new(6);
    private readonly DeviceSet _devices;
    private readonly MemoryLink _arm;
    private readonly MemoryLink _tool;
    private long _nowNs = 5_000_000_000;

    public DeviceSetTests()
    {
        var arm = MemoryLink.CreatePair();
        var tool = MemoryLink.CreatePair();
        (_arm, _tool) = (arm.Host, tool.Host);
        _devices = new DeviceSet(_robot, _plant, bus => bus.Name == "arm" ? arm.Device : tool.Device);
        Wire.Say(_arm, "C\rS8\rY5\rM0\rA1\rO\r");
    }

    [Fact]
    public void EveryDriveAnswersEveryRequestOnceInOrder()
    {
        var request = new StringBuilder();
        for (var id = 1; id <= 6; id++)
            request.Append(CultureInfo.InvariantCulture, $"b00{id}8FFFFFFFFFFFFFFFC\r");
        Wire.Say(_arm, request.ToString());
        Tick();
        var lines = Wire.Hear(_arm).TrimEnd('\r').Split('\r');
        Assert.Equal(["b0118", "b0128", "b0138", "b0148", "b0158", "b0168"], lines.Select(line => line[..5]));
        Assert.Equal(["11", "12", "13", "14", "15", "16"], lines.Select(line => line[5..7]));

        // Joint 3 stands at 0; joint = sign * (drive - 0.1), so its drive stands at 0.1: 0x83.. of 65535 over 25 rad.
        Assert.Equal((int)((0.1 + 12.5) * 65535 / 25), int.Parse(lines[2][7..11], NumberStyles.HexNumber, CultureInfo.InvariantCulture), 1.0);
    }

    [Fact]
    public void WithoutTheDataRateOfTheDrivesNothingAnswers()
    {
        Wire.Say(_arm, "C\rY2\rO\rb0018FFFFFFFFFFFFFFFC\r");
        Tick();
        Assert.Empty(Wire.Hear(_arm));
        Assert.True(_plant.Brake[0]);
    }

    [Fact]
    public void AnMitCommandDrivesAJointToItsPositionInJointCoordinates()
    {
        Enable();
        for (var i = 0; i < 3000; i++)
        {
            // Joint 3 to -0.5 rad: sign -1, offset 0.1, so the drive goes to 0.6. kp 24, kd 2 on 0.05 kg m2.
            Wire.Say(_arm, Mit(3, 0.6, 10, 24, 2));
            Tick();
        }

        Assert.Equal(-0.5, _plant.Position[2], 0.005);
        Assert.Equal(0, _plant.Velocity[2], 0.01);
        Assert.Equal(0, _plant.Position[0], 0.001);
    }

    [Fact]
    public void TimeoutTakesTheEnergyAndDropsTheBrake()
    {
        Enable();
        Wire.Say(_arm, "b7FF801005509E8030000\r"); // joint 1: 1000 * 50 us
        Wire.Say(_arm, Mit(1, 1, 45, 24, 1));
        Run(51);
        Assert.True(_devices.Drive("joint1").Enabled);
        Assert.False(_plant.Brake[0]);
        Assert.NotEqual(0, _plant.Torque[0]);
        Run(1);
        Assert.Equal(DamiaoError.CommunicationLost, _devices.Drive("joint1").Error);
        Assert.True(_plant.Brake[0]);
        Assert.Equal(0, _plant.Torque[0]);
        Assert.True(_devices.Drive("joint2").Enabled); // no time-out set there
    }

    [Fact]
    public void ASilencedDriveNeitherHearsNorAnswersAMutedOneHears()
    {
        Enable();
        _devices.Silence("joint2");
        _devices.Mute("joint3");
        Wire.Say(_arm, "b0018FFFFFFFFFFFFFFFD\rb0028FFFFFFFFFFFFFFFD\rb0038FFFFFFFFFFFFFFFD\r");
        Tick();
        Assert.Equal("b0118", Wire.Hear(_arm).TrimEnd('\r')[..5]);
        Assert.True(_devices.Drive("joint2").Enabled);
        Assert.False(_devices.Drive("joint3").Enabled);

        _devices.Restore("joint2");
        Wire.Say(_arm, "b0028FFFFFFFFFFFFFFFD\r");
        Tick();
        Assert.StartsWith("b0128", Wire.Hear(_arm), StringComparison.Ordinal);
    }

    [Fact]
    public void AnInjectedErrorIsReportedUntilItIsCleared()
    {
        Enable();
        _devices.SetError("joint4", DamiaoError.OverCurrent);
        Wire.Say(_arm, "b7FF80400CC0000000000\r");
        Tick();
        Assert.StartsWith("b0148A4", Wire.Hear(_arm), StringComparison.Ordinal);
        Assert.True(_plant.Brake[3]);
        Wire.Say(_arm, "b0048FFFFFFFFFFFFFFFB\r");
        Tick();
        Assert.StartsWith("b014804", Wire.Hear(_arm), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _devices.SetError("joint4", DamiaoError.Enabled));
        Assert.Throws<ArgumentException>(() => _devices.SetError("elbow", DamiaoError.OverCurrent));
    }

    [Fact]
    public void LostFramesAreTheAskedShareAndTheSameEachTime()
    {
        Enable();
        _devices.SetDropRate(0.1);
        var answered = 0;
        for (var i = 0; i < 1000; i++)
        {
            Wire.Say(_arm, "b7FF80100CC0000000000\r");
            Tick();
            answered += Wire.Hear(_arm).Length > 0 ? 1 : 0;
        }

        Assert.InRange(answered, 780, 840); // 0.9 * 0.9
        Assert.Equal(1000 - answered, _devices.DroppedFrames);
    }

    [Fact]
    public void TheToolAnswersOnItsOwnLineUntilItIsCut()
    {
        _tool.Write(Wire.Bytes("FF FF 01 04 02 03 02 F3"));
        Tick();
        Assert.Equal("FF FF 01 04 00 09 03 EE", Wire.Hex(Wire.HearBytes(_tool)));

        _devices.SetToolErrors(FeetechErrors.Voltage);
        _tool.Write(Wire.Bytes("FF FF 01 02 01 FB"));
        Tick();
        Assert.Equal("FF FF 01 02 01 FB", Wire.Hex(Wire.HearBytes(_tool)));

        _devices.SilenceTool();
        _tool.Write(Wire.Bytes("FF FF 01 02 01 FB"));
        Tick();
        Assert.Empty(Wire.HearBytes(_tool));

        _devices.SetToolErrors(FeetechErrors.None);
        _devices.RestoreTool();
        Tick();
        Assert.Empty(Wire.HearBytes(_tool)); // what was said meanwhile is lost
        _tool.Write(Wire.Bytes("FF FF 01 02 01 FB"));
        Tick();
        Assert.Equal("FF FF 01 02 00 FC", Wire.Hex(Wire.HearBytes(_tool)));
    }

    [Fact]
    public void ATickAllocatesNothing()
    {
        Enable();
        var commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 6).Select(id => Mit(id, 0.1, 30, 10, 1))));
        var ping = Wire.Bytes("FF FF 01 04 02 38 0F B1");
        var buffer = new byte[4096];
        void Cycle()
        {
            _arm.Write(commands);
            _tool.Write(ping);
            Tick();
            _arm.Read(buffer);
            _tool.Read(buffer);
        }

        for (var i = 0; i < 100; i++)
            Cycle();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
                Cycle();
        }));
    }

    [Fact]
    public void WhatIsNotEmulatedIsNamed()
    {
        var pair = MemoryLink.CreatePair();
        var odrive = _robot with { Joints = [.. _robot.Joints.Select(joint => joint with { Drive = joint.Drive with { Kind = "odrive" } })] };
        var error = Assert.Throws<ArgumentException>(() => new DeviceSet(odrive, _plant, _ => pair.Device));
        Assert.Contains("joints.joint1.drive.kind: found \"odrive\"", error.Message, StringComparison.Ordinal);

        var elsewhere = _robot with { Joints = [.. _robot.Joints.Select(joint => joint with { Drive = joint.Drive with { Bus = "leg" } })] };
        error = Assert.Throws<ArgumentException>(() => new DeviceSet(elsewhere, _plant, _ => pair.Device));
        Assert.Contains("joints.joint1.drive.bus: found \"leg\"", error.Message, StringComparison.Ordinal);
    }

    /// <summary>An MIT command as a line, packed here from the sheet's table and not with the emulator's code. Position in rad of +-12.5, velocity and torque 0.</summary>
    private static string Mit(int id, double position, double velocityMax, double kp, double kd)
    {
        _ = velocityMax; // zero packs the same for every range
        var p = (int)((position + 12.5) * 65535 / 25);
        var k = (int)(kp * 4095 / 500);
        var d = (int)(kd * 4095 / 5);
        return string.Create(CultureInfo.InvariantCulture, $"b00{id:X}8{p:X4}7FF{k:X3}{d:X3}7FF\r");
    }

    private void Enable()
    {
        for (var id = 1; id <= 6; id++)
            Wire.Say(_arm, string.Create(CultureInfo.InvariantCulture, $"b00{id}8FFFFFFFFFFFFFFFC\r"));
        Tick();
        Wire.Hear(_arm);
    }

    private void Run(int ticks)
    {
        for (var i = 0; i < ticks; i++)
            Tick();
    }

    private void Tick()
    {
        _devices.Tick(_nowNs);
        _plant.Step(0.001);
        _nowNs += TickNs;
    }
}
