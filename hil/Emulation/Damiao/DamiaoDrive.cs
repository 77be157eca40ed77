using System.Buffers.Binary;
using Edge.Buses;

namespace Edge.Hil.Emulation.Damiao;

/// <summary>
/// One DAMIAO joint drive, seen from the CAN bus and from its shaft. It answers each request with one frame, keeps the newest MIT command, and
/// computes the MIT law itself at every step of the physics from what its encoders resolve. It knows no bus, no plant and no clock.
/// Allocates nothing after construction.
/// </summary>
/// <remarks>
/// Sources: the maker's manuals of the J4310, J4340P and J8009P. Only the MIT law is emulated: in the other control modes the drive answers but
/// gives no torque. Where the manuals are silent: a request for an unknown register gets no answer; a refused write is answered with the value that
/// stays in use; an enable is ignored while an error is latched; a zero is ignored while enabled; a time-out of 0 is off.
/// </remarks>
public sealed class DamiaoDrive
{
    /// <summary>Identifier of register requests, shared by all drives of a bus; the first two data bytes say which drive is meant.</summary>
    public const uint RegisterRequestId = 0x7FF;

    private const byte ReadRegister = 0x33;
    private const byte WriteRegister = 0x55;
    private const byte SaveRegisters = 0xAA;
    private const byte Refresh = 0xCC;
    private const byte Enable = 0xFC;
    private const byte Disable = 0xFD;
    private const byte SetZero = 0xFE;
    private const byte ClearError = 0xFB;
    private const int MitMode = 1;
    private const long TimeoutUnitNs = 50_000;
    private const int MosfetLimitC = 120; // advised in the manuals; not a register

    // 14 bits a turn on the motor's own shaft.
    private const double EncoderCounts = 16384;

    // A velocity observer of some 100 Hz averages over about this time; its resolution is kept, its lag left out.
    private const double ObserverSeconds = 0.01;

    private static readonly int[] BitRates = [125_000, 200_000, 250_000, 500_000, 1_000_000, 2_000_000, 2_500_000, 3_200_000, 4_000_000, 5_000_000];

    private readonly DamiaoModel _model;
    private readonly double _positionStepRad;
    private readonly double _velocityStepRadS;
    private MitCommand _command;
    private DamiaoError _error;
    private long _lastFrameNs;
    private double _shaftRad;
    private double _zeroRad;
    private double _velocityRadS;
    private double _torqueNm;

    /// <summary>Makes a drive, disabled, with factory settings and the given ids and bit rate (bit/s; above 1 Mbit/s: CAN FD with this data rate).</summary>
    /// <exception cref="ArgumentException">An id or a bit rate that the drive does not have.</exception>
    public DamiaoDrive(DamiaoModel model, int canId, int masterId, int bitRate)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(canId, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(canId, 0x7FE);
        ArgumentOutOfRangeException.ThrowIfLessThan(masterId, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(masterId, 0x7FF);
        var code = Array.IndexOf(BitRates, bitRate);
        if (code < 0)
            throw new ArgumentException($"DAMIAO bit rate: found {bitRate}, allowed {string.Join(", ", BitRates)}.", nameof(bitRate));

        _model = model;
        _positionStepRad = Math.Tau / (EncoderCounts * model.GearRatio);
        _velocityStepRadS = _positionStepRad / ObserverSeconds;
        Registers = new DamiaoRegisters(model, canId, masterId, code);
    }

    /// <summary>The drive's registers; tests set them to what a misconfigured drive would have.</summary>
    public DamiaoRegisters Registers { get; }

    /// <summary>Energised.</summary>
    public bool Enabled => _error == DamiaoError.Enabled;

    /// <summary>State and error as in the feedback.</summary>
    public DamiaoError Error => _error;

    /// <summary>Counts enables since construction: commands of two different counts do not belong to one motion.</summary>
    public int EnableCount { get; private set; }

    /// <summary>Temperature of the transistors, degrees Celsius. Above 120 the drive takes its energy out.</summary>
    public int MosfetTemperatureC { get; set; } = 30;

    /// <summary>Temperature of the coils, degrees Celsius. Above register 2 the drive takes its energy out.</summary>
    public int CoilTemperatureC { get; set; } = 31;

    /// <summary>Ranges of the bit fields, from registers 21 to 23.</summary>
    public MitFormat Format => new(
        Registers.Float(DamiaoRegisters.PositionMax), Registers.Float(DamiaoRegisters.VelocityMax), Registers.Float(DamiaoRegisters.TorqueMax));

    /// <summary>Bit rate that the drive is set to; above 1 Mbit/s it is the data rate of CAN FD at an arbitration rate of 1 Mbit/s.</summary>
    public int BitRate => BitRates[Registers.Integer(DamiaoRegisters.BitRateCode)];

    private bool SpeaksFlexibleData => BitRate > 1_000_000;

    /// <summary>True when the drive can read a frame at all: both sides must agree on the bit rates, and a classic drive takes FD frames for errors.</summary>
    public bool Hears(in CanFrame frame, int bitRate, int dataBitRate)
    {
        if (bitRate != (SpeaksFlexibleData ? 1_000_000 : BitRate))
            return false;
        if ((frame.Flags & CanFrameFlags.FlexibleData) == 0)
            return true;
        return SpeaksFlexibleData && ((frame.Flags & CanFrameFlags.BitRateSwitch) == 0 || dataBitRate == BitRate);
    }

    /// <summary>Reads an MIT command that is meant for this drive out of a frame, without obeying it.</summary>
    public bool TryReadCommand(in CanFrame frame, out MitCommand command)
    {
        var copy = frame;
        if (!IsStandardData(in frame) || frame.Id != (uint)Registers.Integer(DamiaoRegisters.CanId)
            || frame.Length != MitFormat.FrameLength || IsSpecial(copy.Data))
        {
            command = default;
            return false;
        }

        command = Format.ReadCommand(copy.Data);
        return true;
    }

    /// <summary>Tells the drive what its sensors see: position of the output shaft, rad, and its velocity, rad/s.</summary>
    public void Sense(double shaftRad, double velocityRadS)
    {
        _shaftRad = Math.Round(shaftRad / _positionStepRad) * _positionStepRad;
        _velocityRadS = Math.Round(velocityRadS / _velocityStepRadS) * _velocityStepRadS;
    }

    /// <summary>Obeys a frame that is meant for this drive. False: it is not, or gets no answer.</summary>
    public bool TryAnswer(in CanFrame request, long nowNs, out CanFrame reply)
    {
        reply = default;
        if (!IsStandardData(in request))
            return false;

        var copy = request;
        if (request.Id == RegisterRequestId)
            return TryAnswerRegister(copy.Data, nowNs, out reply);

        var canId = (uint)Registers.Integer(DamiaoRegisters.CanId);
        if (request.Id == canId)
        {
            if (request.Length != MitFormat.FrameLength)
                return false;

            _lastFrameNs = nowNs;
            if (IsSpecial(copy.Data))
                Obey(copy.Data[7]);
            else if (Enabled && Registers.Integer(DamiaoRegisters.ControlMode) == MitMode)
                _command = Format.ReadCommand(copy.Data);
        }
        else if (request.Id == canId + 0x100 || request.Id == canId + 0x200 || request.Id == canId + 0x300)
        {
            _lastFrameNs = nowNs; // commands of the other modes
        }
        else
        {
            return false;
        }

        reply = Feedback();
        return true;
    }

    /// <summary>One step of the drive's own loop: supervision, then the MIT law. Returns the torque at the output shaft, Nm.</summary>
    public double Actuate(long nowNs)
    {
        if (Enabled)
            Supervise(nowNs);

        var limit = Math.Min(_model.PeakTorqueNm, Registers.Float(DamiaoRegisters.TorqueMax));
        _torqueNm = !Enabled ? 0 : Math.Clamp(
            (_command.KpNmPerRad * (_command.PositionRad - PositionRad))
                + (_command.KdNmSPerRad * (_command.VelocityRadS - _velocityRadS))
                + _command.TorqueNm,
            -limit,
            limit);
        return _torqueNm;
    }

    /// <summary>Latches an error as if the drive had found it (its energy goes), or clears it (<see cref="DamiaoError.Disabled"/>).</summary>
    public void Fail(DamiaoError error)
    {
        if (error == DamiaoError.Enabled)
            throw new ArgumentOutOfRangeException(nameof(error), error, "A drive is enabled over the bus only.");

        _error = error;
        _command = default;
    }

    /// <summary>Takes the supply away and gives it back: registers from flash, no energy, no error.</summary>
    public void PowerCycle()
    {
        Registers.Load();
        Fail(DamiaoError.Disabled);
    }

    private double PositionRad => _shaftRad - _zeroRad;

    private static bool IsStandardData(in CanFrame frame) => (frame.Flags & (CanFrameFlags.Extended | CanFrameFlags.Remote)) == 0;

    private static bool IsSpecial(ReadOnlySpan<byte> data) => data[..7].IndexOfAnyExcept((byte)0xFF) < 0 && data[7] is >= ClearError and <= SetZero;

    private void Obey(byte code)
    {
        switch (code)
        {
            case Enable when _error == DamiaoError.Disabled:
                _error = DamiaoError.Enabled;
                _command = default; // an old command must not come back to life
                EnableCount++;
                break;
            case Disable when Enabled:
                _error = DamiaoError.Disabled;
                _command = default;
                break;
            case ClearError when !Enabled:
                _error = DamiaoError.Disabled;
                break;
            case SetZero when !Enabled:
                _zeroRad = _shaftRad;
                break;
        }
    }

    private void Supervise(long nowNs)
    {
        var timeout = Registers.Bits(DamiaoRegisters.Timeout);
        if (timeout != 0 && nowNs - _lastFrameNs > timeout * TimeoutUnitNs)
            Fail(DamiaoError.CommunicationLost);
        else if (MosfetTemperatureC > MosfetLimitC)
            Fail(DamiaoError.MosfetOverTemperature);
        else if (CoilTemperatureC > Registers.Float(DamiaoRegisters.OverTemperature))
            Fail(DamiaoError.CoilOverTemperature);
    }

    private bool TryAnswerRegister(ReadOnlySpan<byte> data, long nowNs, out CanFrame reply)
    {
        reply = default;
        if (data.Length < 4 || BinaryPrimitives.ReadUInt16LittleEndian(data) != Registers.Integer(DamiaoRegisters.CanId))
            return false;

        _lastFrameNs = nowNs;
        var register = data[3];
        switch (data[2])
        {
            case ReadRegister when Registers.Exists(register):
                Registers.SetLive(DamiaoRegisters.OutputPosition, PositionRad);
                Registers.SetLive(DamiaoRegisters.MotorPosition, PositionRad * _model.GearRatio);
                reply = RegisterReply(data, Registers.Bits(register));
                return true;

            case WriteRegister when data.Length == 8 && Registers.Exists(register):
                // The answer leaves from the old identity at the old bit rate.
                reply = RegisterReply(data, 0);
                if (Registers.TryWrite(register, BinaryPrimitives.ReadUInt32LittleEndian(data[4..])) && register == DamiaoRegisters.ControlMode)
                    _command = default;
                BinaryPrimitives.WriteUInt32LittleEndian(reply.Data[4..], Registers.Bits(register));
                return true;

            case SaveRegisters when !Enabled:
                Registers.Save();
                reply = RegisterReply(data, 0);
                reply.Data[3] = 1;
                return true;

            case Refresh:
                reply = Feedback();
                return true;

            default:
                return false;
        }
    }

    private CanFrame RegisterReply(ReadOnlySpan<byte> request, uint value)
    {
        var reply = NewReply();
        request[..4].CopyTo(reply.Data);
        BinaryPrimitives.WriteUInt32LittleEndian(reply.Data[4..], value);
        return reply;
    }

    private CanFrame Feedback()
    {
        var reply = NewReply();
        Format.WriteFeedback(
            reply.Data, Registers.Integer(DamiaoRegisters.CanId), _error, PositionRad, _velocityRadS, _torqueNm, MosfetTemperatureC, CoilTemperatureC);
        return reply;
    }

    private CanFrame NewReply() => new()
    {
        Id = (uint)Registers.Integer(DamiaoRegisters.MasterId),
        Flags = SpeaksFlexibleData ? CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch : CanFrameFlags.None,
        Length = MitFormat.FrameLength,
    };
}
