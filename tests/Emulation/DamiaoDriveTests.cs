using Edge.Buses;
using Edge.Hil.Emulation.Damiao;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class DamiaoDriveTests
{
    private const string EnableData = "FF FF FF FF FF FF FF FC";
    private const string DisableData = "FF FF FF FF FF FF FF FD";
    private const string ZeroData = "FF FF FF FF FF FF FF FE";
    private const string ClearData = "FF FF FF FF FF FF FF FB";

    private static DamiaoDrive Drive(string model = "J4310", int id = 1, int bitRate = 1_000_000) => new(DamiaoModel.Find(model), id, 0x10 + id, bitRate);

    private static CanFrame Ask(DamiaoDrive drive, uint id, string data, long nowNs = 0, CanFrameFlags flags = CanFrameFlags.None)
    {
        var request = Wire.Frame(id, data, flags);
        Assert.True(drive.TryAnswer(in request, nowNs, out var reply));
        return reply;
    }

    [Theory]
    [InlineData("J4310", 1, "7F FF 7F F0 00 00 07 FF", 0, 0, 0, 0, 0)]
    [InlineData("J4310", 5, "8A 3C 82 10 C4 0F 58 32", 1.0, 0.5, 24, 0.3, 0.25)]
    [InlineData("J4340P", 3, "70 A3 7F F7 AD 99 96 91", -1.5, 0, 240, 3, -5)]
    [InlineData("J8009P", 1, "A0 26 7A 47 AD FF F9 7A", 3.14, -2, 240, 5, 10)]
    public void CommandsOfTheSheetAreReadWithinOneStepBelow(string model, int id, string data, double p, double v, double kp, double kd, double t)
    {
        var drive = Drive(model, id);
        var frame = Wire.Frame((uint)id, data);
        Assert.True(drive.TryReadCommand(in frame, out var command));
        var format = drive.Format;
        AssertTruncated(p, command.PositionRad, format.PositionLsbRad);
        AssertTruncated(v, command.VelocityRadS, format.VelocityLsbRadS);
        AssertTruncated(kp, command.KpNmPerRad, 500.0 / 4095);
        AssertTruncated(kd, command.KdNmSPerRad, 5.0 / 4095);
        AssertTruncated(t, command.TorqueNm, format.TorqueLsbNm);
    }

    [Theory]
    [InlineData(DamiaoError.Enabled, 1.0, 0.5, 0.25, 35, 40, "11 8A 3C 82 18 32 23 28")]
    [InlineData(DamiaoError.CommunicationLost, 0, 0, 0, 30, 31, "D1 7F FF 7F F7 FF 1E 1F")]
    public void FeedbackOfTheSheet(DamiaoError error, double p, double v, double t, int mos, int rotor, string expected)
    {
        var data = new byte[8];
        new MitFormat(12.5, 30, 10).WriteFeedback(data, 1, error, p, v, t, mos, rotor);
        Assert.Equal(expected, Wire.Hex(data));
    }

    [Fact]
    public void FeedbackOfTheSheetOutOfALivingDrive()
    {
        var drive = Drive();
        drive.MosfetTemperatureC = 35;
        drive.CoilTemperatureC = 40;
        drive.Sense(1.0, 0.5);
        Ask(drive, 1, EnableData);
        Ask(drive, 1, "8A 3C 82 10 00 00 08 33"); // kp = kd = 0, t = 0.25 and one step, so that truncation twice stays on it
        Assert.Equal(0.25, drive.Actuate(0), 0.005);
        var reply = Ask(drive, 1, "8A 3C 82 10 00 00 08 33");
        Assert.Equal(0x11u, reply.Id);
        Assert.Equal("11 8A 3C 82 18", Wire.Hex(reply.Data[..5]));
        Assert.InRange(reply.Data[5], 0x32, 0x33);
        Assert.Equal("23 28", Wire.Hex(reply.Data[6..]));
    }

    [Fact]
    public void RegistersOfTheSheet()
    {
        var drive = Drive();
        var reply = Ask(drive, 0x7FF, "01 00 33 16 00 00 00 00");
        Assert.Equal(0x011u, reply.Id);
        Assert.Equal("01 00 33 16 00 00 F0 41", Wire.Hex(reply));

        Assert.Equal("01 00 55 09 90 01 00 00", Wire.Hex(Ask(drive, 0x7FF, "01 00 55 09 90 01 00 00")));
        Assert.Equal(400, drive.Registers.Integer(DamiaoRegisters.Timeout));
        Assert.Equal("01 00 55 0A 01 00 00 00", Wire.Hex(Ask(drive, 0x7FF, "01 00 55 0A 01 00 00 00")));
        Assert.Equal("01 00 AA 01 00 00 00 00", Wire.Hex(Ask(drive, 0x7FF, "01 00 AA 01 00 00 00 00")));
        Assert.Equal("01", Wire.Hex(Ask(drive, 0x7FF, "01 00 CC 00 00 00 00 00").Data[..1])); // feedback: disabled, id 1
    }

    [Theory]
    [InlineData("J4310", 30)]
    [InlineData("J4340P", 10)]
    [InlineData("DM-J8009P", 45)]
    public void RangesOfEachModelAreInItsRegisters(string model, float velocityMax)
    {
        var reply = Ask(Drive(model), 0x7FF, "01 00 33 16 00 00 00 00");
        Assert.Equal(velocityMax, BitConverter.ToSingle(reply.Data[4..]));
    }

    [Fact]
    public void RefusedWritesAreAnsweredWithTheValueInUse()
    {
        var drive = Drive();
        Assert.Equal("01 00 55 0A 01 00 00 00", Wire.Hex(Ask(drive, 0x7FF, "01 00 55 0A 05 00 00 00"))); // mode 5
        Assert.Equal("01 00 55 15 00 00 48 41", Wire.Hex(Ask(drive, 0x7FF, "01 00 55 15 00 00 C0 7F"))); // PMAX := not a number
        Assert.Equal("01 00 55 10 0E 00 00 00", Wire.Hex(Ask(drive, 0x7FF, "01 00 55 10 01 00 00 00"))); // pole pairs, read-only
    }

    [Theory]
    [InlineData(0x7FFu, "02 00 33 16 00 00 00 00")] // another drive
    [InlineData(0x7FFu, "01 00 33 28 00 00 00 00")] // no such register
    [InlineData(0x7FFu, "01 00 99 16 00 00 00 00")] // no such operation
    [InlineData(0x7FFu, "01 00 33")]
    [InlineData(0x002u, EnableData)]
    [InlineData(0x001u, "FF FF FF FF")]
    public void WhatIsNotForTheDriveGetsNoAnswer(uint id, string data)
    {
        var request = Wire.Frame(id, data);
        Assert.False(Drive().TryAnswer(in request, 0, out _));
    }

    [Fact]
    public void SavedRegistersSurviveThePowerOthersDoNot()
    {
        var drive = Drive();
        Ask(drive, 0x7FF, "01 00 55 09 90 01 00 00");
        Ask(drive, 0x7FF, "01 00 AA 01 00 00 00 00");
        Ask(drive, 0x7FF, "01 00 55 09 20 03 00 00");
        drive.PowerCycle();
        Assert.Equal(400, drive.Registers.Integer(DamiaoRegisters.Timeout));

        Ask(drive, 1, EnableData);
        var save = Wire.Frame(0x7FF, "01 00 AA 01 00 00 00 00");
        Assert.False(drive.TryAnswer(in save, 0, out _)); // only while disabled
    }

    [Fact]
    public void ADriveOfANewIdIsAddressedByIt()
    {
        var drive = Drive();
        Assert.Equal(0x11u, Ask(drive, 0x7FF, "01 00 55 08 07 00 00 00").Id);
        Assert.Equal(0x11u, Ask(drive, 0x7FF, "07 00 55 07 17 00 00 00").Id); // the answer still leaves from the old identity
        var reply = Ask(drive, 7, DisableData);
        Assert.Equal(0x17u, reply.Id);
        Assert.Equal(7, reply.Data[0]);
    }

    [Fact]
    public void EnergyComesWithEnableAndGoesWithDisable()
    {
        var drive = Drive();
        Assert.Equal(0x01, Ask(drive, 1, "FF FF 7F F0 00 00 0F FF").Data[0]);
        Assert.Equal(0, drive.Actuate(0)); // commands before the enable are not kept
        Assert.Equal(0x11, Ask(drive, 1, EnableData).Data[0]);
        Assert.Equal(0, drive.Actuate(0));
        Ask(drive, 1, "7F FF 7F F0 00 00 0F FF");
        Assert.Equal(7, drive.Actuate(0)); // asked for 10 Nm; the motor's peak is 7
        Assert.Equal(0x01, Ask(drive, 1, DisableData).Data[0]);
        Assert.Equal(0, drive.Actuate(0));
        Ask(drive, 1, EnableData);
        Assert.Equal(0, drive.Actuate(0)); // the old command stays dead
        Assert.Equal(2, drive.EnableCount);
    }

    [Fact]
    public void TheLawIsComputedInsideTheDriveFromItsLatestState()
    {
        var drive = Drive("J8009P");
        Ask(drive, 1, EnableData);
        Ask(drive, 1, "A0 26 7A 47 AD FF F9 7A"); // p 3.14, v -2, kp 240, kd 5, t 10
        drive.Sense(3.10, -1.5);
        Assert.Equal((240 * 0.04) + (5 * -0.5) + 10, drive.Actuate(0), 0.3);
        drive.Sense(3.20, -2);
        Assert.Equal((240 * -0.06) + 10, drive.Actuate(1_000_000), 0.3);
        drive.Sense(0, 0);
        Assert.Equal(40, drive.Actuate(2_000_000));
    }

    [Fact]
    public void SilenceLongerThanTheTimeoutTakesTheEnergyUntilClearedAndEnabled()
    {
        var drive = Drive();
        Ask(drive, 0x7FF, "01 00 55 09 90 01 00 00"); // 400 * 50 us = 20 ms
        Ask(drive, 1, EnableData, 1_000_000_000);
        Ask(drive, 1, "7F FF 7F F0 00 00 0F FF", 1_010_000_000);
        Assert.Equal(7, drive.Actuate(1_030_000_000));
        Assert.Equal(0, drive.Actuate(1_030_000_001));
        Assert.Equal(DamiaoError.CommunicationLost, drive.Error);
        Assert.Equal(0xD1, Ask(drive, 0x7FF, "01 00 CC 00 00 00 00 00", 1_040_000_000).Data[0]);
        Assert.Equal(0xD1, Ask(drive, 1, EnableData, 1_040_000_000).Data[0]);
        Assert.Equal(0xD1, Ask(drive, 1, DisableData, 1_040_000_000).Data[0]);
        Assert.Equal(0x01, Ask(drive, 1, ClearData, 1_040_000_000).Data[0]);
        Assert.Equal(0x11, Ask(drive, 1, EnableData, 1_040_000_000).Data[0]);
        drive.Actuate(1_050_000_000);
        Assert.True(drive.Enabled);
    }

    [Fact]
    public void HeatTakesTheEnergyAndComesBackAsLongAsItIsHot()
    {
        var drive = Drive();
        Ask(drive, 1, EnableData);
        drive.CoilTemperatureC = 101;
        drive.Actuate(0);
        Assert.Equal("C1 7F FF 7F F7 FF 1E 65", Wire.Hex(Ask(drive, 1, ClearData.Replace("FB", "FA", StringComparison.Ordinal))));
        Ask(drive, 1, ClearData);
        Ask(drive, 1, EnableData);
        drive.Actuate(0);
        Assert.Equal(DamiaoError.CoilOverTemperature, drive.Error);
        drive.CoilTemperatureC = 50;
        Ask(drive, 1, ClearData);
        Ask(drive, 1, EnableData);
        drive.Actuate(0);
        Assert.True(drive.Enabled);
    }

    [Fact]
    public void ZeroMovesTheOriginOnlyWithoutEnergy()
    {
        var drive = Drive();
        drive.Sense(2, 0);
        Ask(drive, 1, EnableData);
        Assert.NotEqual("7F FF", Wire.Hex(Ask(drive, 1, ZeroData).Data[1..3]));
        Ask(drive, 1, DisableData);
        Assert.Equal("7F FF", Wire.Hex(Ask(drive, 1, ZeroData).Data[1..3]));
    }

    [Fact]
    public void OnlyTheMitModeGivesTorque()
    {
        var drive = Drive();
        Ask(drive, 0x7FF, "01 00 55 0A 03 00 00 00");
        Ask(drive, 1, EnableData);
        Ask(drive, 1, "7F FF 7F F0 00 00 0F FF");
        Assert.Equal(0, drive.Actuate(0));
        Ask(drive, 0x7FF, "01 00 55 0A 01 00 00 00");
        Assert.Equal(0, drive.Actuate(0));
        Ask(drive, 1, "7F FF 7F F0 00 00 0F FF");
        Assert.Equal(7, drive.Actuate(0));
        Assert.Equal(0x11u, Ask(drive, 0x101, "00 00 C0 3F 00 00 00 40").Id); // other modes' commands are answered
        Assert.Equal(0x11u, Ask(drive, 0x201, "00 00 40 C0").Id);
        Assert.Equal(0x11u, Ask(drive, 0x301, "00 00 00 3F F4 01 C4 09").Id);
    }

    [Theory]
    [InlineData(1_000_000, CanFrameFlags.None, 1_000_000, 2_000_000, true)]
    [InlineData(1_000_000, CanFrameFlags.None, 500_000, 2_000_000, false)]
    [InlineData(1_000_000, CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, 1_000_000, 5_000_000, false)]
    [InlineData(5_000_000, CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, 1_000_000, 5_000_000, true)]
    [InlineData(5_000_000, CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, 1_000_000, 2_000_000, false)]
    [InlineData(5_000_000, CanFrameFlags.FlexibleData, 1_000_000, 2_000_000, true)]
    [InlineData(5_000_000, CanFrameFlags.None, 1_000_000, 2_000_000, true)]
    public void AFrameIsHeardOnlyWhereTheRatesAgree(int driveRate, CanFrameFlags flags, int bitRate, int dataBitRate, bool heard)
    {
        var frame = Wire.Frame(1, EnableData, flags);
        Assert.Equal(heard, Drive(bitRate: driveRate).Hears(in frame, bitRate, dataBitRate));
    }

    [Fact]
    public void AFlexibleDataDriveAnswersEverythingAsFastFrames()
    {
        var drive = Drive(bitRate: 5_000_000);
        Assert.Equal(Wire.FastData, Ask(drive, 1, EnableData, flags: Wire.FastData).Flags);
        Assert.Equal(Wire.FastData, Ask(drive, 1, EnableData).Flags);
        Assert.Equal(CanFrameFlags.None, Ask(Drive(), 1, EnableData).Flags);

        // Back to 1 Mbit/s: the acknowledge still leaves at the old rate.
        Ask(drive, 1, DisableData);
        Assert.Equal(Wire.FastData, Ask(drive, 0x7FF, "01 00 55 23 04 00 00 00").Flags);
        Assert.Equal(CanFrameFlags.None, Ask(drive, 1, DisableData).Flags);
    }

    private static void AssertTruncated(double sent, double read, double lsb) => Assert.InRange(read, sent - lsb, sent + 1e-12);
}
