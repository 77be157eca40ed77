using Edge.Buses;
using Edge.Robots;

namespace Edge.Drives.Damiao;

/// <summary>
/// DAMIAO drives in MIT mode on one CAN bus: one request and one reply for each drive and tick.
/// A drive is enabled only by <see cref="RequestEnable"/>: one that drops out by itself stays out until it is asked again.
/// </summary>
public sealed class DamiaoDriveGroup : IDriveGroup
{
    /// <summary>After so long without a call of <see cref="Configure"/> the next one begins a new conversation: the drives may have been without power.</summary>
    private const long ReconfigureAfterNs = 500_000_000;

    /// <summary>Frames that one call of <see cref="Receive"/> takes, for each drive: a babbling bus must not hold the loop.</summary>
    private const int MaxFramesPerDrive = 16;

    private const int StandardIds = 0x800;

    private readonly ICanBus _bus;
    private readonly CanFrameFlags _flags;
    private readonly DamiaoDrive[] _drives;
    private readonly sbyte[] _driveOfMasterId = new sbyte[StandardIds];
    private ConfigureState _state = ConfigureState.Busy;
    private bool _begun;
    private long _configuredNs;

    /// <summary>Checks the identifiers and models; says nothing to the bus yet.</summary>
    /// <param name="bus">The bus; not owned.</param>
    /// <param name="joints">Joints whose drives sit on it, in the group's order.</param>
    /// <param name="flexibleData">Send CAN FD frames with bit rate switch, as drives set to more than 1 Mbit/s expect.</param>
    /// <exception cref="ArgumentException">An identifier, model or time-out that cannot be; the message names the joint.</exception>
    public DamiaoDriveGroup(ICanBus bus, IReadOnlyList<JointDescription> joints, bool flexibleData)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(joints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(joints.Count, sbyte.MaxValue);
        _bus = bus;
        _flags = flexibleData ? CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch : CanFrameFlags.None;
        Array.Fill(_driveOfMasterId, (sbyte)-1);
        _drives = new DamiaoDrive[joints.Count];
        var canIds = new HashSet<int>();
        for (var i = 0; i < joints.Count; i++)
        {
            var drive = new DamiaoDrive(joints[i]);
            if (!canIds.Add(drive.CanId))
                throw new ArgumentException($"{drive.Name}: canId {drive.CanId} is used by two drives of one bus");
            if (_driveOfMasterId[drive.MasterId] >= 0)
                throw new ArgumentException($"{drive.Name}: masterId {drive.MasterId} is used by two drives of one bus");
            _driveOfMasterId[drive.MasterId] = (sbyte)i;
            _drives[i] = drive;
        }

        foreach (var drive in _drives)
        {
            if (canIds.Contains(drive.MasterId))
                throw new ArgumentException($"{drive.Name}: masterId {drive.MasterId} is the canId of a drive on the same bus");
        }
    }

    /// <inheritdoc/>
    public int Count => _drives.Length;

    /// <inheritdoc/>
    public string ConfigureError { get; private set; } = "";

    /// <summary>Frames on the bus that belong to no drive of this group, or that its drives could not have meant.</summary>
    public long StrayFrames { get; private set; }

    /// <summary>Scales in use: the model's until <see cref="Configure"/> has read the drive's own.</summary>
    public DamiaoRanges Ranges(int drive) => _drives[drive].Ranges;

    /// <inheritdoc/>
    public ref readonly DriveFeedback Feedback(int drive) => ref _drives[drive].Feedback;

    /// <inheritdoc/>
    public void Command(int drive, in DriveCommand command) => _drives[drive].SetCommand(in command);

    /// <inheritdoc/>
    public void RequestEnable(bool enable)
    {
        foreach (var drive in _drives)
            drive.RequestEnable(enable);
    }

    /// <inheritdoc/>
    public void RequestClearErrors()
    {
        foreach (var drive in _drives)
            drive.RequestClearError();
    }

    /// <inheritdoc/>
    public void Receive(long nowNs)
    {
        var configuring = _begun && _state == ConfigureState.Busy;
        for (var budget = MaxFramesPerDrive * _drives.Length; budget > 0 && _bus.TryReceive(out var frame); budget--)
        {
            var index = frame.Id < StandardIds ? _driveOfMasterId[frame.Id] : -1;
            var dataFrame = (frame.Flags & (CanFrameFlags.Extended | CanFrameFlags.Remote)) == 0;
            if (index < 0 || !dataFrame || !_drives[index].Take(frame.Data, configuring, nowNs))
                StrayFrames++;
        }
    }

    /// <inheritdoc/>
    public ConfigureState Configure(long nowNs)
    {
        if (!_begun || nowNs - _configuredNs > ReconfigureAfterNs)
        {
            _begun = true;
            _state = ConfigureState.Busy;
            ConfigureError = "";
            foreach (var drive in _drives)
                drive.BeginConfigure();
        }

        _configuredNs = nowNs;
        if (_state != ConfigureState.Busy)
            return _state;

        var configured = 0;
        foreach (var drive in _drives)
        {
            drive.CheckReplyTime(nowNs);
            if (drive.Refusal.Length > 0)
            {
                ConfigureError = drive.Refusal;
                return _state = ConfigureState.Failed;
            }

            configured += drive.Configured ? 1 : 0;
        }

        return _state = configured == _drives.Length ? ConfigureState.Done : ConfigureState.Busy;
    }

    /// <inheritdoc/>
    public void Send(long nowNs)
    {
        var configuring = _begun && _state == ConfigureState.Busy;
        var frame = new CanFrame { Length = DamiaoFrames.Length, Flags = _flags };
        foreach (var drive in _drives)
        {
            if (configuring && !drive.Configured)
            {
                if (!drive.TryAsk(nowNs, ref frame))
                    continue;
            }
            else
            {
                drive.Say(mayEnable: _state == ConfigureState.Done, nowNs, ref frame);
            }

            _ = _bus.TrySend(in frame);
        }

        _bus.Flush();
    }
}
