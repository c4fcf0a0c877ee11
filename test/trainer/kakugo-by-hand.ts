/**
 * What a person wrote in a teacher's place for the recording that ships (`record-kakugo.ts`): topics and situations, and to each a message in Galician with everything that may be asked about it.
 */
export type ByHand = {
  /** Topics within a topic, cases of a kind of situation. */
  within: Record<string, string[]>
  situations: Record<'general' | 'speakers', string[]>
  entries: Entry[]
  english: Record<string, string>
}

export type Entry = {
  /** The topic or situation that the message is about; of a text, how it begins. */
  about: string
  message: string
  revised: string
  answer: string
  thoughts: string
  followUp: string
  followUpAnswer: string
  followUpThoughts: string
}

export const byHand: ByHand = {
  within: {
    'daily life': ['cooking at home'],
    'cooking at home': ['making a good stock from leftovers'],
    'the places where Galician is spoken': ['the coast of Galicia'],
    'the coast of Galicia': ['the women who gather shellfish in the rías'],
    'the world and how it works': ['weather and climate'],
    'weather and climate': ['why it rains more near mountains'],
    'people who speak or spoke Galician, the well-known and the ordinary': ['writers of the nineteenth century'],
    'writers of the nineteenth century': ['Rosalía de Castro and her time'],
    'getting help with a difficult letter or message': [
      'A tenant has to tell her landlord in writing that the heating has not worked for a week.',
      'A man wants to decline an invitation to a wedding without hurting his friend.',
    ],
    'keeping Galician alive in the family': [
      'A father in Vigo, whose children answer him in Spanish, wants to encourage them to speak Galician.',
      'A granddaughter who grew up abroad wants to write to her grandmother in Galician for the first time.',
    ],
  },
  situations: {
    general: ['getting help with a difficult letter or message'],
    speakers: ['keeping Galician alive in the family'],
  },
  entries: [
    {
      about: 'daily life',
      message:
        'Traballo desde casa e ao final do día teño a sensación de que non fixen nada. Como podo organizarme mellor?',
      revised:
        'Levo un ano traballando desde casa e teño dous fillos pequenos. Á noite paréceme que non fixen nada. Dáme tres consellos curtos para organizar mellor o día.',
      answer:
        'Comeza o día escribindo as tres cousas que queres deixar feitas, e fai primeiro a máis difícil. Traballa por treitos de corenta ou cincuenta minutos e levántate entre un e outro. E pon unha hora de peche: cando chegue, garda o ordenador e mira o que si fixeches, que adoita ser máis do que un pensa.',
      thoughts:
        'A persoa non di que traballe pouco, senón que non o nota. Convén axudarlle a escoller poucas tarefas e a ver o feito. Tres consellos abondan: escoller, traballar por treitos e pór un final ao día.',
      followUp: 'E se me interrompen a cada pouco?',
      followUpAnswer:
        'Entón acorda na casa dous treitos ao día nos que non te chamen agás por algo urxente, e pon un sinal na porta. O resto do tempo deixa tarefas pequenas, que se retoman sen esforzo.',
      followUpThoughts:
        'As interrupcións non se poden quitar todas. O mellor é protexer uns treitos e deixar para o resto tarefas que aturen cortes.',
    },
    {
      about: 'cooking at home',
      message: 'Que podo facer coas sobras do cocido para non comer o mesmo dous días seguidos?',
      revised:
        'Sobrou moito cocido e na casa somos catro. Que tres pratos podo facer coas sobras para que non pareza a mesma comida?',
      answer:
        'Coa carne picada e un pouco de bechamel saen unhas croquetas moi boas. Cos garavanzos e a verdura podes facer un salteado con allo e pemento. E co caldo, botándolle fideos ou arroz, tes unha sopa para a cea.',
      thoughts:
        'Do cocido adoitan sobrar carne, garavanzos, verdura e caldo. Busco un prato para cada parte, que sexa sinxelo e que non se pareza ao de onte.',
      followUp: 'As croquetas pódense conxelar?',
      followUpAnswer:
        'Si, e saen ben. Conxélaas xa rebozadas e separadas nunha bandexa, e cando estean duras gárdaas nunha bolsa. Frítense sen desconxelar, en aceite quente e poucas de cada vez.',
      followUpThoughts:
        'Pregunta se se poden conxelar. Pódense, e o que importa é conxelalas separadas e fritilas sen desconxelar.',
    },
    {
      about: 'making a good stock from leftovers',
      message: 'Como se fai un bo caldo cos ósos e coas peles das verduras?',
      revised:
        'Gardo os ósos do polo e as peles das cenorias e dos porros. Explícame paso a paso como fago con iso un bo caldo.',
      answer:
        'Lava ben as peles e tosta os ósos no forno ata que collan cor. Pon todo nunha pota con auga fría, unha folla de loureiro e uns grans de pementa, e cóceo a lume baixo dúas horas, quitando a escuma. Cóao, déixao arrefriar e sácalle a graxa de enriba. O sal é mellor botalo ao final, cando o uses.',
      thoughts:
        'Quere aproveitar ósos e peles. Hai que dicir a orde: lavar, tostar, cocer amodo, coar. Convén avisar do lume baixo e de que o sal vai ao final.',
      followUp: 'Canto aguanta na neveira?',
      followUpAnswer:
        'Tres ou catro días nun tarro pechado. Se non o vas gastar antes, conxélao en porcións pequenas: así dura uns tres meses.',
      followUpThoughts:
        'É unha pregunta de conservación. Na neveira poucos días e no conxelador uns meses; mellor quedar curto que longo.',
    },
    {
      about: 'the places where Galician is spoken',
      message: 'Fálase galego fóra de Galicia?',
      revised:
        'Dixéronme que tamén se fala galego fóra de Galicia. É certo? Responde nun par de frases e di en que lugares.',
      answer:
        'Si. Fálase nunha franxa de Asturias, no Bierzo e nas Portelas de Zamora, que lindan con Galicia, e nos tres lugares do val do Ellas, en Estremadura, hai unha fala moi próxima. Ademais mantena xente emigrada, sobre todo en América e en Europa.',
      thoughts:
        'Hai que nomear as terras lindeiras: a Asturias occidental, o Bierzo e as Portelas. A fala do val do Ellas é un caso próximo que se discute, así que o digo con coidado. E está a emigración.',
      followUp: 'E no Bierzo ensínase na escola?',
      followUpAnswer:
        'Hai centros do Bierzo onde se pode estudar galego como materia, por un acordo entre a Xunta e Castela e León. Non é obrigatorio e depende de cada centro, así que convén preguntar no que che interese.',
      followUpThoughts:
        'Sei que hai un acordo e que é voluntario. O detalle de cada centro non o podo saber, e debo dicilo.',
    },
    {
      about: 'the coast of Galicia',
      message: 'Por que a costa da Morte se chama así?',
      revised:
        'Vou ir á costa da Morte coa miña familia. De onde lle vén ese nome tan triste? Conta tamén unha historia que se lle poida contar aos nenos.',
      answer:
        'Polos moitos barcos que naufragaron nela: hai rochas, néboas e temporais, e por diante pasa unha das rutas máis transitadas de Europa. Tamén é onde a xente cría que remataba a terra e onde o sol morre cada tarde no mar, en Fisterra. Aos nenos pódeselles contar que alí o sol se deita na auga.',
      thoughts:
        'O nome vén dos naufraxios, e tamén se liga á idea da fin da terra. Debo contar as dúas cousas sen afirmar de máis, e cun ton que valga para unha familia.',
      followUp: 'Que faro paga a pena visitar alí?',
      followUpAnswer:
        'O de Fisterra é o máis coñecido, polo solpor. Se prefires menos xente, o do cabo Vilán, en Camariñas, está sobre unhas rochas impresionantes e foi o primeiro faro eléctrico de España.',
      followUpThoughts: 'Dou dous: o máis coñecido e un con menos xente, cunha razón para cada un.',
    },
    {
      about: 'the women who gather shellfish in the rías',
      message: 'En que consiste o traballo dunha mariscadora?',
      revised:
        'A miña filla ten que facer un traballo para a escola sobre as mariscadoras. Explícame en poucas frases, con palabras sinxelas, en que consiste o seu traballo.',
      answer:
        'A mariscadora colle ameixas, berberechos e outros mariscos na area cando baixa a marea. Traballa a pé, cun angazo ou cunha fouciña, moitas veces coa auga ata o xeonllo e o lombo dobrado. Só pode coller as pezas que xa teñen o tamaño permitido, e tamén coida a praia: quita as algas e sementa a cría.',
      thoughts:
        'Hai que explicar que, onde, como e con que regras. O coidado da praia é parte do oficio e adoita esquecerse, así que o engado.',
      followUp: 'Por que non poden ir todos os días?',
      followUpAnswer:
        'Porque dependen da marea, que ten que baixar abondo, e porque cada confraría ten un plan que di cantos días e cantos quilos se poden coller. Así o marisco ten tempo de medrar. Ademais, ás veces péchase a zona por unha marea vermella.',
      followUpThoughts: 'Hai tres motivos: a marea, o plan de explotación e as toxinas. Dígoos en orde.',
    },
    {
      about: 'the world and how it works',
      message: 'Se a Terra xira tan rápido, por que non o notamos?',
      revised:
        'O meu fillo de nove anos preguntoume por que non notamos que a Terra xira. Como llo explico cun exemplo?',
      answer:
        'Porque xira sempre á mesma velocidade e nós xiramos con ela, igual que o aire e o mar. O que se nota non é a velocidade, senón que cambie: nun tren que vai liso podes camiñar coma na casa, e só te decatas de que se move cando frea ou toma unha curva.',
      thoughts:
        'A clave é que os sentidos notan os cambios de velocidade e non a velocidade. O exemplo do tren é doado de entender, tamén para un neno.',
      followUp: 'E que pasaría se parase de súpeto?',
      followUpAnswer:
        'Todo o que non está preso seguiría movéndose: no ecuador, a máis de mil seiscentos quilómetros por hora. Sería unha catástrofe. Por sorte non pode ocorrer, porque non hai nada que poida frear a Terra así.',
      followUpThoughts:
        'Por inercia as cousas seguirían. A velocidade no ecuador: corenta mil quilómetros en vinte e catro horas son uns mil seiscentos setenta por hora. Convén dicir tamén que non vai pasar.',
    },
    {
      about: 'weather and climate',
      message: 'Que diferenza hai entre o tempo e o clima?',
      revised:
        'Na televisión din unhas veces tempo e outras clima. Que diferenza hai? Contéstame nunha soa frase e pon un exemplo.',
      answer:
        'O tempo é o que fai hoxe ou esta semana nun lugar, e o clima é o que adoita facer alí ao longo de moitos anos: que hoxe haxa sol en Santiago é o tempo; que chova moito no inverno é o clima.',
      thoughts: 'A diferenza é a duración. Un exemplo da mesma cidade deixa clara a comparación.',
      followUp: 'Entón un verán moi quente non proba o cambio climático?',
      followUpAnswer:
        'Por si só, non: un verán pode saír quente por casualidade. O que o amosa é a tendencia de moitas décadas, con veráns quentes cada vez máis seguidos, en case todo o mundo.',
      followUpThoughts:
        'É unha boa pregunta. Un caso non abonda; a tendencia si. Debo dicir as dúas cousas sen confundilas.',
    },
    {
      about: 'why it rains more near mountains',
      message: 'Por que chove máis nun lado da montaña ca no outro?',
      revised:
        'Na miña aldea chove moito e ao outro lado do monte está todo seco. A que se debe? Explícamo paso a paso.',
      answer:
        'O vento trae aire húmido do mar. Ao chegar á montaña, o aire ten que subir, e ao subir arrefría; o aire frío non pode conter tanta auga, así que se forman nubes e chove por ese lado. Cando baixa polo outro, xa vai máis seco e quéntase, e por iso alí chove pouco.',
      thoughts:
        'É o efecto das montañas sobre o aire húmido: sobe, arrefría, condensa e chove; ao baixar quéntase e seca. Vou por orde.',
      followUp: 'Iso pasa tamén en Galicia?',
      followUpAnswer:
        'Si. As serras próximas ao mar, como a do Barbanza ou a do Suído, reciben moita chuvia, e máis adentro, en zonas como o val do Sil ou Monterrei, chove moito menos.',
      followUpThoughts: 'Busco exemplos seguros: as serras da costa son moi chuviosas e o val do Sil é seco.',
    },
    {
      about: 'people who speak or spoke Galician, the well-known and the ordinary',
      message: 'A miña avoa non sabe ler e fala un galego precioso. Como podo gardar as súas historias?',
      revised:
        'A miña avoa ten noventa anos, non sabe ler e conta historias nun galego precioso. Quero gardalas antes de que sexa tarde. Por onde comezo?',
      answer:
        'Grávaa co móbil, nun sitio tranquilo e en sesións curtas, de media hora como moito. Non lle preguntes polas historias en xeral, senón por cousas concretas: a casa, a escola, as festas, os oficios. Apunta despois a data, os nomes e as palabras que non coñezas. E fai copias do gravado en dous sitios distintos.',
      thoughts:
        'O importante é gravar, non transcribir. Unha persoa maior cansa, así que mellor sesións curtas e preguntas concretas. E que non se perda: copias.',
      followUp: 'Dálle vergoña falar diante do móbil.',
      followUpAnswer:
        'Deixa o móbil enriba da mesa, coa pantalla para abaixo, e fai outra cousa con ela mentres: limpar fabas, mirar fotos vellas. Ás poucas esquece que está. Iso si, dille sempre que estás gravando e para que.',
      followUpThoughts:
        'A vergoña pasa cando hai outra cousa na que pensar. Hai que avisala de que se grava, por respecto.',
    },
    {
      about: 'writers of the nineteenth century',
      message: 'Quen foi Manuel Curros Enríquez?',
      revised:
        'Teño que presentar na clase a Manuel Curros Enríquez. Dime nun parágrafo curto quen foi e por que é importante.',
      answer:
        'Foi un poeta e xornalista nacido en Celanova en 1851 e morto na Habana en 1908. Con Rosalía de Castro e Eduardo Pondal é unha das grandes voces do Rexurdimento. No seu libro máis coñecido, Aires da miña terra, de 1880, defende a lingua e a xente do campo e critica con dureza os abusos do clero, o que lle custou un proceso.',
      thoughts:
        'Datas e lugares que sei: Celanova, 1851; A Habana, 1908; Aires da miña terra, 1880. Convén dicir de que escribía e por que tivo problemas.',
      followUp: 'Por que marchou a Cuba?',
      followUpAnswer:
        'Marchou en 1894, buscando un traballo mellor de xornalista e farto da súa situación aquí. Na Habana dirixiu un xornal para os galegos emigrados e alí quedou ata que morreu.',
      followUpThoughts:
        'Sei a data aproximada da marcha e que traballou alí de xornalista para a colectividade galega. Cóntoo sen engadir o que non sei.',
    },
    {
      about: 'Rosalía de Castro and her time',
      message: 'Por que se celebra o Día das Letras Galegas o 17 de maio?',
      revised:
        'Na escola dos meus fillos preparan o Día das Letras Galegas. Por que se celebra xusto o 17 de maio? Explícao como para un neno de oito anos.',
      answer:
        'Porque o 17 de maio de 1863 asinou Rosalía de Castro a dedicatoria de Cantares gallegos, o libro co que a nosa lingua volveu ter un sitio grande na literatura. Cen anos despois, en 1963, decidiuse celebrar ese día cada ano, e desde entón en cada festa recórdase unha persoa que escribiu en galego.',
      thoughts:
        'A data vén da dedicatoria de Cantares gallegos, en 1863, e a festa naceu no centenario. Dígoo con palabras sinxelas.',
      followUp: 'E quen escolle a persoa de cada ano?',
      followUpAnswer:
        'Escóllea a Real Academia Galega. Ten que ser alguén que escribise en galego e que morrese hai dez anos polo menos.',
      followUpThoughts: 'Escolle a Academia, e a norma coñecida é a dos dez anos desde a morte.',
    },
    {
      about: 'getting help with a difficult letter or message',
      message:
        'Teño que pedirlle desculpas por escrito a unha compañeira de traballo porque onte lle falei mal diante de todos. Axúdasme?',
      revised:
        'Onte, nunha reunión, faleille mal a unha compañeira diante de todos porque estaba canso. Escríbeme unha mensaxe curta para pedirlle desculpas, sen desculparme a min.',
      answer:
        'Podes escribirlle isto: «Ola, Marta. Onte faleiche mal na reunión e diante de todos. Non tiña razón para facelo e síntoo de verdade. Se che parece ben, gustaríame dicircho tamén en persoa e deixar claro diante do grupo que me equivoquei. Un saúdo». É curta, di o que pasou e non busca escusas.',
      thoughts:
        'Unha boa desculpa di o que se fixo, recoñece o erro e ofrece arranxalo. Non debe xustificarse. Poño un nome calquera e explico por que vale.',
      followUp: 'E se non me contesta?',
      followUpAnswer:
        'Dálle uns días. Se segue sen contestar, fala con ela en persoa, a soas e sen présa, e non lle pidas que te perdoe: abonda con que saiba que o sentes. O resto demostrarao o teu trato de aquí en diante.',
      followUpThoughts: 'O silencio tamén é unha resposta. Convén non presionar e deixar que falen os feitos.',
    },
    {
      about: 'A tenant has to tell her landlord in writing that the heating has not worked for a week.',
      message:
        'Levo unha semana sen calefacción e o dono do piso non me colle o teléfono. Escríbeme unha carta seria pero educada para pedirlle que a arranxe.',
      revised:
        'Son inquilina, levo unha semana sen calefacción e na casa hai un bebé. O dono non me colle o teléfono. Escríbeme unha carta seria e educada, de menos de cen palabras.',
      answer:
        'Estimado señor: escríbolle porque a calefacción do piso non funciona desde hai unha semana, e aínda que o chamei varias veces non puiden falar con vostede. Coas temperaturas destes días a vivenda non se pode habitar con normalidade. Pídolle que mande un técnico canto antes e que me diga que día virá. Se prefire que o avise eu, faino saber e enviareille a factura. Agardo a súa resposta esta mesma semana. Un saúdo.',
      thoughts:
        'A carta ten que dicir o problema, desde cando, o que se intentou, o que se pide e ata cando. O ton debe ser firme sen ameazar.',
      followUp: 'Podo deixar de pagar o aluguer mentres non a arranxe?',
      followUpAnswer:
        'Mellor non o fagas pola túa conta: aínda tendo razón, o dono podería reclamarche o impago. Garda as mensaxes, mándalle a carta de xeito que quede constancia e pregunta nunha oficina do consumidor ou a unha avogada que podes esixir.',
      followUpThoughts:
        'É unha pregunta legal. O prudente é avisar do risco e mandala a quen saiba, sen dar por certo o que depende do contrato.',
    },
    {
      about: 'A man wants to decline an invitation to a wedding without hurting his friend.',
      message: 'Convidáronme á voda dun bo amigo e non podo ir. Como llo digo sen que lle doia?',
      revised:
        'Un bo amigo convidoume á súa voda e non podo ir, porque ese día opéranse a miña nai. Escríbeme unha mensaxe agarimosa de catro ou cinco frases.',
      answer:
        'Dillo canto antes e, se podes, chámao en vez de escribirlle. Dálle o motivo verdadeiro en poucas palabras, sen pedir mil desculpas, e dille que te aledas por el. E propón algo en troques: unha comida cos dous cando volvan da viaxe, por exemplo. O que doe non é que un falte, senón que pareza que non lle importa.',
      thoughts:
        'O importante é avisar pronto, dicir a verdade, amosar alegría e ofrecer outro encontro. Dou o consello en orde.',
      followUp: 'Debo facerlle un agasallo igual?',
      followUpAnswer:
        'Non é obrigatorio, pero é un bo detalle. Pode ser algo pequeno e persoal, coa túa letra nunha tarxeta: conta máis ca o prezo.',
      followUpThoughts: 'Depende do costume, así que o digo como detalle e non como deber.',
    },
    {
      about: 'keeping Galician alive in the family',
      message: 'Na casa falamos galego, pero os nenos ven todo en castelán. Que podemos facer?',
      revised:
        'Na casa falamos galego, pero os nenos, de tres e seis anos, ven todos os debuxos en castelán. Dános tres ideas sinxelas que poidamos comezar esta semana.',
      answer:
        'Buscade xuntos debuxos e xogos en galego e deixade que escollan eles. Lédelles cada noite un conto en galego, aínda que sexa de dez minutos. E xuntádevos con outras familias que o falen: para un neno pesa moito ver que outros nenos tamén o fan. O principal, de todos os xeitos, é que vós lles sigades falando sempre na vosa lingua.',
      thoughts:
        'Os nenos aprenden por uso e por gusto. Tres vías: pantallas, contos e amigos. E lembrar que o máis importante son os pais.',
      followUp: 'E se nos responden en castelán?',
      followUpAnswer:
        'Seguide vós en galego, con naturalidade e sen rifarlles. Podedes repetir en galego o que dixeron, coma quen non quere a cousa. Se a lingua lles soa a castigo, fuxirán dela.',
      followUpThoughts: 'Non hai que forzar. Repetir o que din na lingua é unha boa técnica e non ofende.',
    },
    {
      about: 'A father in Vigo, whose children answer him in Spanish, wants to encourage them to speak Galician.',
      message:
        'Son de Vigo e fáloles galego aos meus fillos, pero eles contéstanme en castelán. Como os animo sen obrigalos?',
      revised:
        'Son pai de dous rapaces de Vigo, de sete e dez anos. Fáloles galego e contéstanme en castelán porque na escola ninguén o fala. Como os animo sen obrigalos?',
      answer:
        'Non lles corrixas a lingua: sigue ti en galego e fai que con el pasen cousas boas. Buscade algo que lles guste e que se faga en galego, coma un equipo, un grupo de música ou un campamento. Contádelles de onde vén a familia e levádeos onde se fala. E cando che digan algo en galego, atende ao que din e non a como o din.',
      thoughts:
        'Os rapaces seguen aos amigos máis ca aos pais. Hai que darlles motivos e compañía, e non presión. Catro ideas curtas.',
      followUp: 'Un deles di que o galego é de vellos.',
      followUpAnswer:
        'Non llo discutas: amósalle o contrario. Hai música, videoxogos e xente nova na rede que fai cousas en galego moi divertidas. Deixa que as descubra cos amigos, mellor ca contigo.',
      followUpThoughts: 'Contra un prexuízo valen máis os exemplos ca os argumentos. E mellor que non veñan do pai.',
    },
    {
      about: 'A granddaughter who grew up abroad wants to write to her grandmother in Galician for the first time.',
      message:
        'Crieime en Suíza e quero escribirlle á miña avoa en galego por primeira vez. Axúdasme a comezar a carta?',
      revised:
        'Crieime en Suíza, entendo o galego pero nunca o escribín. Quero mandarlle unha carta á miña avoa polos seus oitenta anos. Escríbeme un comezo sinxelo e agarimoso.',
      answer:
        '«Querida avoa: esta é a primeira carta que che escribo en galego, así que perdoa os erros. Queríache dicir na túa lingua o que sempre che digo por teléfono: que te boto moito de menos e que me acordo dos veráns na túa casa, do cheiro do forno e das túas historias.» A partir de aí, cóntalle algo da túa semana, coma se estiveses sentada na súa cociña.',
      thoughts:
        'Quere un comezo. Ten que soar sincero e sinxelo, dicir que é a primeira vez e traer unha lembranza. Despois dou unha idea para seguir.',
      followUp: 'E como a remato?',
      followUpAnswer:
        'Podes rematar así: «Axiña irei verte e falaremos destas cousas diante dun café. Cóidate moito. Unha aperta moi forte da túa neta, que te quere». E debaixo, o teu nome.',
      followUpThoughts: 'Un final de carta familiar: promesa de verse, cariño e despedida.',
    },
    {
      about: 'Ninguín será obxecto de inxerencias arbitrarias',
      message: 'Segundo o texto, de que cousas da vida dunha persoa ninguén se pode meter sen razón?',
      revised:
        'Podes dicirme nunha frase, con palabras de hoxe, que partes da vida dunha persoa protexe o texto de abaixo?',
      answer:
        'Da súa vida privada, da súa familia, da súa casa e das súas cartas. Ademais, o texto di que ninguén pode atacar a honra nin o bo nome doutra persoa, e que a lei ten que protexela diso.',
      thoughts: 'O texto nomea catro cousas e engade a honra e a reputación. Dígoo con palabras máis sinxelas.',
      followUp: 'Iso vale tamén para os correos electrónicos?',
      followUpAnswer:
        'O texto fala de correspondencia, e é dunha época sen correo electrónico, pero a idea é a mesma: as mensaxes privadas dunha persoa non se poden ler sen un motivo que a lei admita.',
      followUpThoughts: 'O texto non o di con esas palabras. Explico a idea e deixo claro o que é interpretación.',
    },
    {
      about: 'Toda persoa ten dereito a unha nacionalidade',
      message: 'Traduce ao inglés o texto que vai embaixo, por favor.',
      revised: 'Necesito o texto de abaixo en inglés para unha charla. Podes traducilo?',
      answer:
        'Every person has the right to a nationality. Nobody shall be deprived without good reason of their nationality, nor of the right to change it.',
      thoughts: 'Piden unha tradución ao inglés. O texto ten dúas frases; manteño o sentido e a orde.',
      followUp: '',
      followUpAnswer: '',
      followUpThoughts: '',
    },
    {
      about: 'Toda persoa ten dereito á liberdade de pensamento',
      message: 'Que inclúe, segundo este texto, a liberdade de relixión?',
      revised: 'Lendo o texto de abaixo, que inclúe a liberdade de relixión? Respóndeme en dúas frases.',
      answer:
        'Inclúe poder cambiar de relixión ou de crenza e poder amosala, só ou con outra xente, en público e na casa. Pódese facer ensinando, practicando, con cerimonias e cumprindo as normas da propia fe.',
      thoughts: 'O texto di dúas cousas: cambiar e manifestar, e de que xeitos. Resúmoo en dúas frases.',
      followUp: 'E fala tamén de quen non ten ningunha?',
      followUpAnswer:
        'Non o di con esas palabras, pero fala de liberdade de pensamento e de conciencia, e de calquera crenza. Enténdese que tamén protexe a quen non ten relixión.',
      followUpThoughts: 'O texto non nomea a falta de relixión. Digo o que di e o que se entende.',
    },
  ],
  english: {
    'At what age is it good to have children?':
      'There is no age that is good for all. Many people have children between twenty-five and thirty-five years old. The most important thing is to have health, time and a stable home.',
    'What is your favourite season, and why?':
      'I have no favourite season, because I am a program. Many people like spring. The days are longer, the flowers open and it is not yet very hot.',
    'At what age is it legal to drive?':
      'It depends on the country. In most of Europe a person can drive a car at eighteen years old. In some countries it is sixteen or seventeen.',
    'We are thinking of buying a small boat. What do we need?':
      'You need a licence, insurance and a place in the harbour. Buy life jackets for all the family. Before you pay, ask a mechanic to look at the engine.',
    'Explain the tradition of the Christmas tree.':
      'In December many families put a tree in the house and decorate it with lights and balls. The tradition comes from the north of Europe. The green tree is a sign of life in the cold winter.',
    'Black stains appear on the bathroom wall. How do I clean them?':
      'It is mould. Open the window, put on gloves and clean the wall with water and a little bleach. Dry it well. Open the window each day after the shower, and the stains will not return.',
    'Name six things that are in a market.': 'In a market there are fruit, vegetables, fish, meat, bread and cheese.',
    'Which is healthier, butter or olive oil?':
      'Olive oil is healthier than butter for most people. It has fats that are good for the heart. Eat a little butter if you like it, but cook with oil.',
  },
}
