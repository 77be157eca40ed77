using Edge.Buses;
using Edge.Robots;

namespace Edge.Drives.Damiao;

/// <summary>One drive of a <see cref="DamiaoDriveGroup"/>: its start-up conversation, then what it is told each tick.</summary>
internal sealed class DamiaoDrive
{
    /// <summary>The drives answer within a tick or two; this covers a USB adapter that was just opened.</summary>
    private const long ReplyTimeoutNs = 20_000_000;

    /// <summary>Half a second of silence in all: more than a drive takes to start after power-on.</summary>
    private const int MaxTries = 25;

    /// <summary>Enable and clear error are repeated at this pace; their effect shows in the feedback of the ticks between.</summary>
    private const long RepeatNs = 5_000_000;

    /// <summary>An error whose cause persists cannot be cleared; stop asking then.</summary>
    private const int MaxClearTries = 20;

    /// <summary>TMAX tells the models apart; the table's values are exact in the drives' floats to this.</summary>
    private const double TorqueRangeToleranceNm = 0.01;

    /// <summary>No scale of any model is wider; more means a corrupt register.</summary>
    private const double WidestRange = 1000;

    private const long NotAsked = long.MinValue;

    private readonly string _model;
    private readonly int _timeoutUnits;
    private readonly double _dampingNmSPerRad;
    private readonly DamiaoRanges _modelRanges;
    private DriveCommand _command;
    private Step _step;
    private int _tries;
    private long _stepAskedNs = NotAsked;
    private long _askedNs = NotAsked;
    private int _clearTriesLeft;
    private bool _enableWanted;
    private bool _enablePending;
    private bool _disablePending;

    /// <summary>Newest feedback.</summary>
    public DriveFeedback Feedback;

    public DamiaoDrive(JointDescription joint)
    {
        var drive = joint.Drive;
        Name = joint.Name;
        CanId = drive.CanId;
        MasterId = drive.MasterId;
        _model = drive.Model;
        _dampingNmSPerRad = drive.Kd;
        if (!DamiaoRanges.TryGet(drive.Model, out _modelRanges))
            throw new ArgumentException($"{Name}: model \"{drive.Model}\" is unknown; known: {DamiaoRanges.KnownModels}");

        // Identifiers + 0x100, 0x200 and 0x300 are the drives' other modes; 0x7FF carries the registers.
        if (CanId is < 1 or > 0xFF)
            throw new ArgumentException($"{Name}: canId {CanId}; allowed: 1..255");
        if (MasterId is < 1 or >= (int)DamiaoFrames.RegisterId)
            throw new ArgumentException($"{Name}: masterId {MasterId}; allowed: 1..2046");
        var units = Math.Round(drive.TimeoutSeconds * DamiaoFrames.TimeoutUnitsPerSecond);
        if (!(units is >= 1 and <= DamiaoFrames.TimeoutUnitsPerSecond * 10))
            throw new ArgumentException($"{Name}: timeoutSeconds {drive.TimeoutSeconds}; allowed: 0.00005..10 (0 would switch the drive's own watchdog off)");
        _timeoutUnits = (int)units;
        Ranges = _modelRanges;
        _command = new DriveCommand { KdNmSPerRad = _dampingNmSPerRad };
    }

    /// <summary>The start-up conversation, in this order.</summary>
    private enum Step
    {
        ReadCanId,
        ReadMasterId,
        Disable,
        ReadPositionMax,
        ReadVelocityMax,
        ReadTorqueMax,
        WriteMode,
        ReadMode,
        WriteTimeout,
        ReadTimeout,
        Refresh,
        Finished,
    }

    public string Name { get; }

    public int CanId { get; }

    public int MasterId { get; }

    /// <summary>The model's ranges until the drive's own are read.</summary>
    public DamiaoRanges Ranges { get; private set; }

    /// <summary>The conversation is over and all answers agree.</summary>
    public bool Configured => _step == Step.Finished;

    /// <summary>Why the conversation failed; empty while it has not.</summary>
    public string Refusal { get; private set; } = "";

    public void BeginConfigure()
    {
        _step = Step.ReadCanId;
        _tries = 0;
        _stepAskedNs = NotAsked;
        _enableWanted = _enablePending = false;
        _clearTriesLeft = 0;
        Refusal = "";
        Ranges = _modelRanges;
    }

    /// <summary>Lets an open question run out, so that it is asked again or given up.</summary>
    public void CheckReplyTime(long nowNs)
    {
        if (Configured || Refusal.Length > 0 || _stepAskedNs == NotAsked || nowNs - _stepAskedNs < ReplyTimeoutNs)
            return;
        _stepAskedNs = NotAsked;
        if (++_tries >= MaxTries)
            Refuse(_step == Step.Disable && Feedback.ReceivedNs != 0
                ? $"asked to disable {_tries} times, it still reports {(Feedback.Enabled ? "enabled" : $"error 0x{Feedback.ErrorCode:X}")}"
                : $"asked to {Describe(_step)} {_tries} times, no answer on id 0x{MasterId:X3}; check its power, wiring, ids and bit rate");
    }

    public void SetCommand(in DriveCommand command)
    {
        var sum = command.PositionRad + command.VelocityRadS + command.KpNmPerRad + command.KdNmSPerRad + command.TorqueNm;

        // A number that is none must not reach a motor; damping is the harmless command.
        _command = double.IsFinite(sum) ? command : new DriveCommand { KdNmSPerRad = _dampingNmSPerRad };
    }

    public void RequestEnable(bool enable)
    {
        if (enable == _enableWanted)
            return;
        _enableWanted = enable;
        _enablePending = enable;
        _disablePending = !enable;
        _askedNs = NotAsked;
    }

    public void RequestClearError() => _clearTriesLeft = MaxClearTries;

    /// <summary>Takes a frame from the drive. False when it cannot be one of its own.</summary>
    public bool Take(ReadOnlySpan<byte> data, bool configuring, long nowNs)
    {
        if (configuring && _stepAskedNs != NotAsked && RegisterOf(_step) is var (register, written)
            && DamiaoFrames.TryDecodeRegister(data, CanId, written, register, out var value))
        {
            TakeRegister(value);
            return true;
        }

        // A late second answer to a repeated question looks like feedback at the far end of the position scale.
        if (DamiaoFrames.IsRegisterAnswer(data, CanId)
            || !DamiaoFrames.TryDecodeFeedback(data, CanId, Ranges, nowNs, ref Feedback))
            return false;

        var answered = _askedNs != NotAsked && nowNs > _askedNs;
        _enablePending &= !(answered && Feedback.Enabled);
        _disablePending &= !(answered && !Feedback.Enabled);
        if (Feedback.ErrorCode == 0)
            _clearTriesLeft = 0;
        if (configuring && _stepAskedNs != NotAsked)
        {
            var disabled = !Feedback.Enabled && Feedback.ErrorCode != DamiaoFrames.ErrorCommunicationLost;
            if (_step == Step.Refresh || (_step == Step.Disable && disabled))
                Advance();
        }

        return true;
    }

    /// <summary>The next question of the conversation. False while the last one is open.</summary>
    public bool TryAsk(long nowNs, ref CanFrame frame)
    {
        if (_stepAskedNs != NotAsked || Refusal.Length > 0)
            return false;
        _stepAskedNs = nowNs;
        frame.Id = DamiaoFrames.RegisterId;
        switch (_step)
        {
            case Step.Disable:
                // A controller that was killed leaves its drives in "communication lost": that is the watchdog doing its work, and no reason to call a person.
                frame.Id = (uint)CanId;
                DamiaoFrames.EncodeSpecial(
                    Feedback.ErrorCode == DamiaoFrames.ErrorCommunicationLost ? DamiaoFrames.ClearErrorCode : DamiaoFrames.DisableCode, frame.Data);
                break;
            case Step.WriteMode:
                DamiaoFrames.EncodeWrite(CanId, DamiaoRegister.ControlMode, DamiaoFrames.ModeMit, frame.Data);
                break;
            case Step.WriteTimeout:
                DamiaoFrames.EncodeWrite(CanId, DamiaoRegister.Timeout, (uint)_timeoutUnits, frame.Data);
                break;
            default:
                if (RegisterOf(_step) is var (register, _))
                    DamiaoFrames.EncodeRead(CanId, register, frame.Data);
                else
                    DamiaoFrames.EncodeRefresh(CanId, frame.Data);
                break;
        }

        return true;
    }

    /// <summary>What the drive is told in an ordinary tick. No energy comes first, then clearing, then energy, then motion.</summary>
    public void Say(bool mayEnable, long nowNs, ref CanFrame frame)
    {
        frame.Id = (uint)CanId;
        var mayRepeat = _askedNs == NotAsked || nowNs - _askedNs >= RepeatNs;
        if (_disablePending || (!_enableWanted && Feedback.Enabled))
        {
            _askedNs = _askedNs == NotAsked ? nowNs : _askedNs;
            DamiaoFrames.EncodeSpecial(DamiaoFrames.DisableCode, frame.Data);
        }
        else if (_clearTriesLeft > 0 && Feedback.ErrorCode != 0 && mayRepeat)
        {
            _clearTriesLeft--;
            _askedNs = nowNs;
            DamiaoFrames.EncodeSpecial(DamiaoFrames.ClearErrorCode, frame.Data);
        }
        else if (_enablePending && mayEnable && mayRepeat)
        {
            _askedNs = nowNs;
            DamiaoFrames.EncodeSpecial(DamiaoFrames.EnableCode, frame.Data);
        }
        else if (_enableWanted && !_enablePending && Feedback.Enabled)
        {
            DamiaoFrames.EncodeMit(in _command, Ranges, frame.Data);
        }
        else
        {
            frame.Id = DamiaoFrames.RegisterId;
            DamiaoFrames.EncodeRefresh(CanId, frame.Data);
        }
    }

    private static (DamiaoRegister Register, bool Written)? RegisterOf(Step step) => step switch
    {
        Step.ReadCanId => (DamiaoRegister.CanId, false),
        Step.ReadMasterId => (DamiaoRegister.MasterId, false),
        Step.ReadPositionMax => (DamiaoRegister.PositionMax, false),
        Step.ReadVelocityMax => (DamiaoRegister.VelocityMax, false),
        Step.ReadTorqueMax => (DamiaoRegister.TorqueMax, false),
        Step.WriteMode => (DamiaoRegister.ControlMode, true),
        Step.ReadMode => (DamiaoRegister.ControlMode, false),
        Step.WriteTimeout => (DamiaoRegister.Timeout, true),
        Step.ReadTimeout => (DamiaoRegister.Timeout, false),
        _ => null,
    };

    private static string Describe(Step step) => step switch
    {
        Step.ReadCanId => "read register 8 (ESC_ID)",
        Step.ReadMasterId => "read register 7 (MST_ID)",
        Step.Disable => "disable",
        Step.ReadPositionMax => "read register 21 (PMAX)",
        Step.ReadVelocityMax => "read register 22 (VMAX)",
        Step.ReadTorqueMax => "read register 23 (TMAX)",
        Step.WriteMode => "write register 10 (CTRL_MODE)",
        Step.ReadMode => "read register 10 (CTRL_MODE)",
        Step.WriteTimeout => "write register 9 (TIMEOUT)",
        Step.ReadTimeout => "read register 9 (TIMEOUT)",
        _ => "send its feedback",
    };

    private void TakeRegister(uint value)
    {
        var real = BitConverter.UInt32BitsToSingle(value);
        switch (_step)
        {
            case Step.ReadCanId:
                Expect(value, (uint)CanId);
                break;
            case Step.ReadMasterId:
                Expect(value, (uint)MasterId);
                break;
            case Step.ReadPositionMax:
                Ranges = Ranges with { PositionRad = CheckRange(real) };
                break;
            case Step.ReadVelocityMax:
                Ranges = Ranges with { VelocityRadS = CheckRange(real) };
                break;
            case Step.ReadTorqueMax:
                Ranges = Ranges with { TorqueNm = CheckRange(real) };
                if (Refusal.Length == 0 && Math.Abs(real - _modelRanges.TorqueNm) > TorqueRangeToleranceNm)
                    Refuse($"register 23 (TMAX) answers {real} Nm, a {_modelRanges.TorqueNm} Nm scale belongs to the robot file's model; another motor has this id");
                break;
            case Step.WriteMode or Step.ReadMode:
                Expect(value, DamiaoFrames.ModeMit);
                break;
            case Step.WriteTimeout or Step.ReadTimeout:
                Expect(value, (uint)_timeoutUnits);
                break;
        }

        if (Refusal.Length == 0)
            Advance();
    }

    private void Expect(uint found, uint expected)
    {
        if (found != expected)
            Refuse($"asked to {Describe(_step)}, it answers {found}, expected {expected}");
    }

    private double CheckRange(double value)
    {
        if (value is > 0 and <= WidestRange)
            return value;
        Refuse($"asked to {Describe(_step)}, it answers {value}, which is no range");
        return 1;
    }

    private void Advance()
    {
        _step++;
        _tries = 0;
        _stepAskedNs = NotAsked;
    }

    private void Refuse(string reason) => Refusal = $"{Name} (damiao {_model}, canId {CanId}): {reason}";
}
