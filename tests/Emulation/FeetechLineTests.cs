using Edge.Hil.Emulation.Feetech;
using Edge.Hil.Links;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class FeetechLineTests
{
    private readonly MemoryLink _host;
    private readonly FeetechServo[] _servos = [new(1, 1024, 2048), new(2, 1024, 2048), new(3, 1024, 2048)];
    private readonly FeetechLine _line;
    private readonly FakePlant _plant = new(0);
    private long _nowNs;

    public FeetechLineTests()
    {
        var (host, device) = MemoryLink.CreatePair();
        _host = host;
        _line = new FeetechLine(device, 1_000_000, _servos);
    }

    [Theory]
    [InlineData("FF FF 01 02 01 FB", "FF FF 01 02 00 FC")] // ping
    [InlineData("FF FF 01 04 02 03 02 F3", "FF FF 01 04 00 09 03 EE")] // model 777
    [InlineData("FF FF 01 04 02 38 02 BE", "FF FF 01 04 00 00 08 F2")] // position 2048
    [InlineData("FF FF 01 05 03 2A 00 04 C8", "FF FF 01 02 00 FC")] // goal 1024
    [InlineData("FF FF 01 05 03 2A 64 80 E8", "FF FF 01 02 00 FC")] // goal -100
    [InlineData("FF FF 01 0A 03 29 32 E8 03 00 00 DC 05 CA", "FF FF 01 02 00 FC")]
    [InlineData("FF FF 01 04 03 28 01 CE", "FF FF 01 02 00 FC")]
    [InlineData("FF FF FE 07 82 38 02 01 02 03 38", "FF FF 01 04 00 00 08 F2 FF FF 02 04 00 00 08 F1 FF FF 03 04 00 00 08 F0")]
    [InlineData("FF FF FE 02 01 FE", "FF FF 01 02 00 FC FF FF 02 02 00 FB FF FF 03 02 00 FA")] // broadcast ping, one after another
    [InlineData("FF FF 01 02 01 FA", "")] // checksum
    [InlineData("FF FF 09 02 01 F3", "")] // nobody
    [InlineData("FF FF 01 04 02 38 78 48", "")] // beyond the table
    [InlineData("00 FF FF FF 01 02 01 FB", "FF FF 01 02 00 FC")] // noise before the header
    public void PacketsOfTheSheet(string request, string reply) => Assert.Equal(reply, Ask(request));

    [Fact]
    public void AccelerationGoalAndSpeedInOneWrite()
    {
        Ask("FF FF 01 0A 03 29 32 E8 03 00 00 DC 05 CA");
        var memory = _servos[0].Memory;
        Assert.Equal(50, memory[FeetechMemory.Acceleration]);
        Assert.Equal(1000, memory.SignedWord(FeetechMemory.GoalPosition));
        Assert.Equal(1500, memory.SignedWord(FeetechMemory.GoalSpeed));
        Ask("FF FF 01 05 03 2A 64 80 E8");
        Assert.Equal(-100, memory.SignedWord(FeetechMemory.GoalPosition));
    }

    [Fact]
    public void SyncWriteReachesEachServo()
    {
        Assert.Empty(Ask("FF FF FE 0D 83 2A 02 01 00 08 02 00 04 03 B8 0B 70"));
        Assert.Equal([2048, 1024, 3000], _servos.Select(servo => servo.Memory.SignedWord(FeetechMemory.GoalPosition)));
    }

    [Fact]
    public void RegisteredWritesWaitForTheAction()
    {
        Ask("FF FF 01 05 03 2A 00 04 C8");
        Assert.Equal("FF FF 01 02 00 FC", Ask("FF FF 01 05 04 2A 00 08 C3"));
        Assert.Equal(1024, _servos[0].Memory.SignedWord(FeetechMemory.GoalPosition));
        Assert.Equal(1, _servos[0].Memory[FeetechMemory.RegWritePending]);
        Assert.Empty(Ask("FF FF FE 02 05 FA"));
        Assert.Equal(2048, _servos[0].Memory.SignedWord(FeetechMemory.GoalPosition));
        Assert.Equal(0, _servos[0].Memory[FeetechMemory.RegWritePending]);
    }

    [Fact]
    public void OnlyUnlockedWritesSurviveThePower()
    {
        Ask("FF FF 01 04 03 07 00 F0"); // return delay 0, under lock
        Assert.Equal(0, _servos[0].Memory[7]);
        _servos[0].PowerCycle();
        Assert.Equal(250, _servos[0].Memory[7]);

        Ask("FF FF 01 04 03 37 00 C0"); // unlock
        Ask("FF FF 01 04 03 07 00 F0");
        _servos[0].PowerCycle();
        Assert.Equal(0, _servos[0].Memory[7]);
    }

    [Fact]
    public void ANewIdAnswersFromTheNextPacketOn()
    {
        var line = new FeetechLine(Pair(out var host), 1_000_000, new FeetechServo(1, 0, 1));
        Assert.Equal("FF FF 01 02 00 FC", Ask(line, host, "FF FF 01 04 03 05 02 F0"));
        Assert.Empty(Ask(line, host, "FF FF 01 02 01 FB"));
        Assert.Equal("FF FF 02 02 00 FB", Ask(line, host, "FF FF 02 02 01 FA"));
    }

    [Fact]
    public void WhatTheServoMeasuresCannotBeWritten()
    {
        Ask("FF FF 01 05 03 38 00 04 BA"); // present position := 1024
        Assert.Equal("FF FF 01 04 00 00 08 F2", Ask("FF FF 01 04 02 38 02 BE"));
    }

    [Fact]
    public void ResponseLevelZeroAnswersReadsAndPingsOnly()
    {
        Assert.Empty(Ask("FF FF 01 04 03 08 00 EF"));
        Assert.Empty(Ask("FF FF 01 04 03 28 01 CE"));
        Assert.Equal("FF FF 01 02 00 FC", Ask("FF FF 01 02 01 FB"));
        Assert.Equal("FF FF 01 04 00 09 03 EE", Ask("FF FF 01 04 02 03 02 F3"));
    }

    [Fact]
    public void AServoOfAnotherBaudRateIsDeaf()
    {
        Ask("FF FF 01 04 03 06 01 F0"); // 500 kbit/s
        Assert.Empty(Ask("FF FF 01 02 01 FB"));
        Assert.Equal("FF FF 02 02 00 FB", Ask("FF FF 02 02 01 FA"));
    }

    [Fact]
    public void ErrorsAreInEveryAnswerAndTakeTheEnergy()
    {
        Ask("FF FF 01 04 03 28 01 CE");
        _servos[0].Fail(FeetechErrors.Overload);
        Assert.Equal("FF FF 01 02 20 DC", Ask("FF FF 01 02 01 FB"));
        Assert.Equal(0, _servos[0].Memory[FeetechMemory.TorqueEnable]);
        Assert.Equal("FF FF 01 04 20 09 03 CE", Ask("FF FF 01 04 02 03 02 F3")); // data comes with it
    }

    [Fact]
    public void APacketInPiecesIsOnePacketUnlessTheGapIsLong()
    {
        Assert.Empty(Ask("FF FF 01 02"));
        Assert.Equal("FF FF 01 02 00 FC", Ask("01 FB"));

        Assert.Empty(Ask("FF FF 01 C8 03"));
        _nowNs += 50_000_000;
        Assert.Equal("FF FF 01 02 00 FC", Ask("FF FF 01 02 01 FB"));
    }

    [Fact]
    public void AnySequenceOfBytesIsSurvived()
    {
        var random = new Random(2);
        var noise = new byte[2000];
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(noise);
            for (var i = 0; i < noise.Length; i++)
                noise[i] = random.Next(3) == 0 ? (byte)0xFF : noise[i];
            _host.Write(noise);
            _line.Poll(_nowNs += 1_000_000);
            Wire.HearBytes(_host);
        }

        _line.Poll(_nowNs += 1_000_000_000);
        Assert.Equal("FF FF 02 02 00 FB", Ask("FF FF 02 02 01 FA"));
    }

    [Fact]
    public void TheValveOpensAtTheAskedSpeedAndNotWithoutEnergy()
    {
        Ask("FF FF 01 0A 03 29 00 00 04 00 00 E8 03 D9"); // goal 1024 at 1000 steps/s
        Run(0.5);
        Assert.Equal(0, _plant.Suction);

        Ask("FF FF 01 04 03 28 01 CE");
        Run(0.512);
        Assert.Equal(0.5, _plant.Suction, 0.01);
        Assert.Equal(1, _servos[0].Memory[FeetechMemory.Moving]);
        Run(0.6);
        Assert.Equal(1, _plant.Suction);
        Assert.Equal(0, _servos[0].Memory[FeetechMemory.Moving]);
        Assert.Equal("FF FF 01 04 00 00 04 F6", Ask("FF FF 01 04 02 38 02 BE"));
    }

    [Fact]
    public void AccelerationBoundsTheChangeOfSpeedAndTheValveDoesNotOvershoot()
    {
        Ask("FF FF 01 0A 03 29 32 00 04 00 00 DC 05 B1"); // 5000 steps/s2, 1500 steps/s
        Ask("FF FF 01 04 03 28 01 CE");
        double before = 0;
        for (var i = 0; i < 2000; i++)
        {
            Run(0.001);
            double speed = _servos[0].Memory.SignedWord(FeetechMemory.PresentSpeed);
            Assert.InRange(Math.Abs(speed), 0, 1500);
            Assert.InRange(speed - before, -6.1, 110); // up to one rounded step; the last steps to the goal may be sharper
            Assert.InRange(_servos[0].Memory.SignedWord(FeetechMemory.PresentPosition), 1024, 2048);
            before = speed;
        }

        Assert.Equal(1, _plant.Suction);
    }

    [Theory]
    [InlineData(false, false, 8)]
    [InlineData(true, false, 158)]
    [InlineData(true, true, 608)]
    public void TheCupLeansOnTheServo(bool pressed, bool isSealed, int load)
    {
        _plant.CupPressed = pressed;
        _plant.CupSealed = isSealed;
        Ask("FF FF 01 04 03 28 01 CE");
        Run(0.01);
        var reply = Wire.Bytes(Ask("FF FF 01 04 02 3C 02 BA"));
        Assert.Equal(load, reply[5] | (reply[6] << 8));
    }

    [Fact]
    public void PositionLimitsBoundTheGoal()
    {
        Ask("FF FF 01 05 03 09 DC 05 0C"); // min position 1500
        Ask("FF FF 01 05 03 2A 00 04 C8");
        Ask("FF FF 01 04 03 28 01 CE");
        Run(1);
        Assert.Equal(1500, _servos[0].Memory.SignedWord(FeetechMemory.PresentPosition));
    }

    [Fact]
    public void TheShaftCanBeDeclaredTheMiddle()
    {
        Ask("FF FF 01 05 03 2A 00 04 C8");
        Ask("FF FF 01 04 03 28 01 CE");
        Run(1);
        Ask("FF FF 01 04 03 28 80 4F");
        Run(0.001);
        Assert.Equal(2048, _servos[0].Memory.SignedWord(FeetechMemory.PresentPosition));
        Assert.Equal(-1024, _servos[0].Memory.SignedWord(FeetechMemory.PositionOffset, 11));
    }

    private static MemoryLink Pair(out MemoryLink host)
    {
        (host, var device) = MemoryLink.CreatePair();
        return device;
    }

    private string Ask(string request) => Ask(_line, _host, request);

    private string Ask(FeetechLine line, MemoryLink host, string request)
    {
        host.Write(Wire.Bytes(request));
        line.Poll(_nowNs);
        return Wire.Hex(Wire.HearBytes(host));
    }

    private void Run(double seconds)
    {
        for (var i = 0; i < Math.Round(seconds * 1000); i++)
            _servos[0].Update(_plant, 0.001);
    }
}
