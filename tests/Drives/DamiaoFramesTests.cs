using Edge.Drives;
using Edge.Drives.Damiao;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Drives;

/// <summary>The worked frames of the DAMIAO sheet, section 10.</summary>
public sealed class DamiaoFramesTests
{
    private static readonly DamiaoRanges J4310 = new(12.5, 30, 10);

    [Theory]
    [InlineData("J4310", 0, 0, 0, 0, 0, "7FFF7FF0000007FF")]
    [InlineData("J4310", 1.0, 0.5, 24, 0.3, 0.25, "8A3C8210C40F5832")]
    [InlineData("J4340", -1.5, 0, 240, 3, -5, "70A37FF7AD999691")]
    [InlineData("J8009", 3.14, -2, 240, 5, 10, "A0267A47ADFFF97A")]
    public void MitCommands(string model, double p, double v, double kp, double kd, double t, string expected)
    {
        Assert.True(DamiaoRanges.TryGet(model, out var ranges));
        Span<byte> data = stackalloc byte[8];
        DamiaoFrames.EncodeMit(new DriveCommand { PositionRad = p, VelocityRadS = v, KpNmPerRad = kp, KdNmSPerRad = kd, TorqueNm = t }, in ranges, data);
        Assert.Equal(expected, Convert.ToHexString(data));
    }

    [Fact]
    public void FeedbackOfAnEnabledDrive()
    {
        var feedback = default(DriveFeedback);
        Assert.True(DamiaoFrames.TryDecodeFeedback(Convert.FromHexString("118A3C8218322328"), 1, in J4310, 7, ref feedback));
        Assert.True(feedback.Enabled);
        Assert.Equal(0, feedback.ErrorCode);
        Assert.Equal(1.0, feedback.PositionRad, 3.9e-4);
        Assert.Equal(0.5, feedback.VelocityRadS, 1.5e-2);
        Assert.Equal(0.25, feedback.TorqueNm, 4.9e-3);
        Assert.Equal(40, feedback.TemperatureC);
        Assert.Equal(7, feedback.ReceivedNs);
    }

    [Fact]
    public void FeedbackAfterTheWatchdogFired()
    {
        var feedback = default(DriveFeedback);
        Assert.True(DamiaoFrames.TryDecodeFeedback(Convert.FromHexString("D17FFF7FF7FF1E1F"), 1, in J4310, 7, ref feedback));
        Assert.False(feedback.Enabled);
        Assert.Equal(DamiaoFrames.ErrorCommunicationLost, feedback.ErrorCode);
        Assert.Equal(0, feedback.PositionRad, 3.9e-4);
        Assert.Equal(31, feedback.TemperatureC);
    }

    [Fact]
    public void FeedbackOfAnotherDriveIsRefused()
    {
        var feedback = default(DriveFeedback);
        Assert.False(DamiaoFrames.TryDecodeFeedback(Convert.FromHexString("128A3C8218322328"), 1, in J4310, 7, ref feedback));
        Assert.False(DamiaoFrames.TryDecodeFeedback(Convert.FromHexString("118A3C82183223"), 1, in J4310, 7, ref feedback));
        Assert.Equal(0, feedback.ReceivedNs);
    }

    [Fact]
    public void SpecialAndRegisterFrames()
    {
        Span<byte> data = stackalloc byte[8];
        DamiaoFrames.EncodeSpecial(DamiaoFrames.EnableCode, data);
        Assert.Equal("FFFFFFFFFFFFFFFC", Convert.ToHexString(data));
        DamiaoFrames.EncodeRead(1, DamiaoRegister.VelocityMax, data);
        Assert.Equal("0100331600000000", Convert.ToHexString(data));
        DamiaoFrames.EncodeWrite(1, DamiaoRegister.Timeout, 400, data);
        Assert.Equal("0100550990010000", Convert.ToHexString(data));
        DamiaoFrames.EncodeWrite(1, DamiaoRegister.ControlMode, DamiaoFrames.ModeMit, data);
        Assert.Equal("0100550A01000000", Convert.ToHexString(data));
        DamiaoFrames.EncodeRefresh(1, data);
        Assert.Equal("0100CC0000000000", Convert.ToHexString(data));
        Assert.True(DamiaoFrames.TryDecodeRegister(Convert.FromHexString("010033160000F041"), 1, written: false, DamiaoRegister.VelocityMax, out var value));
        Assert.Equal(30f, BitConverter.UInt32BitsToSingle(value));
        Assert.False(DamiaoFrames.TryDecodeRegister(Convert.FromHexString("010033150000F041"), 1, written: false, DamiaoRegister.VelocityMax, out _));
        Assert.False(DamiaoFrames.TryDecodeRegister(Convert.FromHexString("020033160000F041"), 1, written: false, DamiaoRegister.VelocityMax, out _));
    }

    [Fact]
    public void APositionSurvivesTheWireWithinOneStepAndNeverBeyondTheRange() => Prop.ForAll<NormalFloat>(position =>
    {
        Span<byte> command = stackalloc byte[8];
        DamiaoFrames.EncodeMit(new DriveCommand { PositionRad = position.Item }, in J4310, command);
        var feedback = default(DriveFeedback);
        Assert.True(DamiaoFrames.TryDecodeFeedback([0x11, command[0], command[1], 0, 0, 0, 0, 0], 1, in J4310, 1, ref feedback));
        var clamped = Math.Clamp(position.Item, -12.5, 12.5);
        Assert.InRange(feedback.PositionRad, clamped - (25.0 / 65535) - 1e-9, clamped + 1e-9);
    }).QuickCheckThrowOnFailure();
}
