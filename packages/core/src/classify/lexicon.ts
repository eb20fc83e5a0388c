/**
 * Words that tell what is asked for, whatever it is about, in kinds named for what a question with them speaks of.
 * How much a kind counts for a type of question is learnt.
 */
export const wordKinds: Readonly<Record<string, string>> = {
  "tables, columns or fields": `
    table tables collection collections column columns field fields schema schemas schemata database databases db dataset datasets
    attribute attributes metadata erd ddl datatype datatypes nullable varchar enum subfield subfields foreign primary property
    properties entity entities tbl cols col`,
  "how data is laid out": `
    structure structured layout format formats type types definition defined model modeled modelled design shape relation relations
    relationship relationships related relate relates linked links link connect connected connects connection references referencing
    reference joins join joined key keys index indexes indices indexed constraint constraints catalog dictionary typed numeric string
    integer boolean nested embedded null view views`,
  "what is kept": `
    store stored stores storing hold holds holding contain contains containing include includes exist exists available keep kept keeps
    track tracks tracked record recorded records captured represented mentions mention represents located inside query queried access`,
  listing: `
    list show give find get tell name return display fetch retrieve provide output present enumerate identify state report lookup see
    describe print pull select calculate compute determine`,
  counting: `
    count counts many amount quantity number numbers total totals sum sums tally altogether overall combined much counted`,
  averages: `
    average averages averaged mean avg median maximum minimum max min aggregate cumulative typical deviation variance`,
  "the extreme one": `
    most least highest lowest largest smallest longest shortest oldest youngest newest latest earliest biggest cheapest best worst
    greatest fewest top bottom heaviest lightest fastest slowest tallest deepest richest busiest closest nearest farthest maximal
    minimal first last final second third`,
  "more or less than": `
    more less fewer greater higher lower larger smaller older younger longer shorter bigger cheaper better taller heavier earlier
    later above below over under exceed exceeds exceeding than between beyond equal equals outside within exactly`,
  "each of a group": `
    per each every group groups grouped grouping breakdown broken distribution respective respectively corresponding individually wise
    their`,
  "sets against each other": `
    both neither never except without excluding either nor intersection but none no zero any not other others also common shared same`,
  "an order": `
    sort sorted order ordered ascending descending alphabetical alphabetically rank ranked ordering ranking decreasing increasing asc
    desc lexicographic chronological`,
  "different ones": `
    different distinct unique`,
  "change and shares": `
    compare compared comparing comparison versus vs trend trends growth increase increased decrease decreased change changed changes
    correlation ratio percentage percent proportion share rate difference fraction evolved grew dropped monthly yearly weekly daily
    annual annually quarterly`,
  "spans of time": `
    year years month months week weeks day days quarter hour hours minute minutes decade century date dates time times today yesterday
    tomorrow tonight ago recent recently since until before after during january february march april may june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday currently now`,
  "small numbers": `
    one two three four five six seven eight nine ten eleven twelve twenty thirty fifty hundred thousand million half dozen once twice
    couple several`,
  "an order to act": `
    create creates creating drop delete deletes remove removes insert add adds update updates rename upload download send set sets
    grant revoke save install installs uninstall start starts stop stops restart restarts reload reboot enable disable enabled
    disabled run runs execute launch deploy scale rollback restore backup copy copies move moves mount unmount clear flush purge reset
    sync synchronize push merge commit checkout clone rebase fork build compile configure apply initialize init generate convert
    compress extract archive unzip zip encrypt decrypt sign verify validate test check checks scan monitor ping kill terminate suspend
    resume pause attach detach bind edit modify replace append prepend write overwrite open close import export load refresh rotate
    migrate schedule trigger invoke publish subscribe register unregister resize truncate allocate cancel ensure symlink chmod chown
    allow block forward redirect listen disconnect log switch toggle turn remind book draft notify post invite transcode render scrape
    crawl search upgrade downgrade patch prune drain cordon expose wait watch tail follow provision destroy override swap invalidate
    vacuum analyze optimize warm lint bump tag untag pin unpin mark assign dump interactively recursively`,
  "parts of a system": `
    server servers cluster clusters node nodes pod pods container containers service services daemon process processes file files
    directory directories folder folders path paths disk disks partition volume volumes filesystem port ports host hosts hostname
    network interface firewall rule rules cache caches queue queues job jobs task tasks cron worker workers logs logging session
    sessions package packages repository repositories repo branch branches commits tags image images instance instances bucket buckets
    lambda function deployment deployments replica replicas secret secrets configmap config configuration certificate certificates ssl
    tls token tokens api endpoint endpoints webhook environment variable variables shell script scripts command commands terminal line
    lines stdin stdout tarball backups snapshot snapshots permission permissions cpu memory ram kernel module modules driver device
    devices usb bios boot plugin plugins dependencies dependency binary executable workspace issue issues request requests email
    message messages channel calendar meeting reminder event notification notifications health status uptime metrics latency dashboard
    alert alerts pipeline pipelines workflow workflows stack stacks ip dns domain url urls proxy gateway subnet vpc pid inode checksum
    byte bytes hexadecimal regex pattern extension extensions subdirectories subdirectory password passwords username pdf json yaml
    csv xml html markdown stream buffer signal virtualhost cronjob timer`,
  "names of software": `
    docker kubernetes k8s helm git github gitlab npm yarn nginx apache mysql mariadb postgres postgresql mongodb mongo redis sqlite
    systemd ssh aws s3 ec2 iam azure gcp terraform ansible jenkins php python ruby java composer pip brew apt yum linux ubuntu debian
    centos windows bash zsh vim curl wget rsync tar gzip kubectl slack jira notion drupal wordpress varnish memcached elasticsearch
    kafka rabbitmq prometheus grafana fail2ban cloudwatch dynamodb cloudformation`,
  "documents and rules": `
    policy policies document documents documentation docs manual handbook guide guidelines guideline article paper papers contract
    terms faq wiki readme license methodology literature study studies research according agreement statement notice clause section
    chapter procedure regulations regulation law laws legal recommendation recommendations evidence source sources citation summary
    summarize summarise overview author authors theory hypothesis`,
  "the one who asks": `
    i me my we our us mine myself i'm i've i'd i'll we're ours im ive`,
  "the one who is asked": `
    you your yours yourself you're`,
  "somebody else": `
    he she his her him hers they them someone somebody anyone people person`,
  "what may or should be": `
    should could would might must shall need needs allowed required entitled able possible supposed want wants possibly eligible right
    rights ought can't cannot won't shouldn't don't doesn't isn't wouldn't didn't necessary mandatory okay ok safe`,
  "reasons and meaning": `
    explain why means meaning cause causes caused reason reasons purpose benefit benefits effect effects affect affects advantage
    advantages disadvantages work works happen happens happened importance important role define concept principle mechanism influence
    impact consequences because contribute implications significance history origin example examples way ways tips advice help
    understand learn know think believe opinion`,
  "people in records": `
    student students employee employees customer customers client clients patient patients teacher teachers member members user users
    staff manager managers player players artist artists drivers supplier suppliers candidate candidates professor professors
    instructor instructors advisor pilot pilots owner owners guest guests visitors head heads coach coaches`,
  "what a record says": `
    names id ids age ages salary salaries price prices cost costs code codes title titles address addresses phone gender sex
    population area length height weight size capacity budget revenue profit gross rating ratings grade grades gpa city cities country
    countries states region regions location locations nation nations language languages color colour category categories brand genre
    birth born birthday hometown elevation distance speed stars value values level levels credits homepage`,
};

/** Words that say how something is asked; in the patterns of a question they stay as they are. */
export const plainWords = `
  a an the this that these those of in on at by for from to with into among across all some and or as if when where who whom whose
  which what how is are was were be been being do does did done has have had having can will am it its there here only then so just
  like about please using use used via up out off down while through what's who's where's how's let's that's against upon around
  along such too very even still yet ever already again always often usually`;
